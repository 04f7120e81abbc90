import type { Read } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { query } from '../database/query.ts';
import { ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Changes, ChangesRequest, CountingResult, CountingWork } from './changes.ts';
import type { RangeResult } from './counting-beside.ts';
import { changesRead, countedIn, countRead, countSeconds } from './counting-reads.ts';
import { decodeChanges } from './decode-changes.ts';
import { decodeTurn } from './decode-counts.ts';
import type { Ledger } from './ledger-interface.ts';
import type { Summed } from './summed.ts';
import { summedIn, summedReads } from './summed-reads.ts';

/** The queries of a watch. */
export interface WatchReads {
  changes(request: ChangesRequest): Promise<PollAnswer>;
  /**
   * Reads the changes and a count in one snapshot.
   *
   * @param turnKey if another session has this lock, there is no count
   * @returns `turn` for the count of a range; null for a probe
   */
  both(request: ChangesRequest, work: CountingWork, turnKey: string | null): Promise<ReadBoth>;
  /** Counts a range in a separate snapshot. Never rejects: if it fails, the first connection counts the range. */
  alone(work: CountingWork & { kind: 'range' }): Promise<RangeResult | null>;
  /** How many sessions of migtop there are on the database. */
  sessions(): Promise<number>;
}

/** The answer to one poll. */
export interface PollAnswer {
  readonly changes: Changes;
  /** The sums of the new rows; null if the poll fetched all of them. */
  readonly summed: Summed | null;
}

interface ReadBoth extends PollAnswer {
  readonly turn: ReturnType<typeof decodeTurn> | null;
  readonly counted: CountingResult | undefined;
}

/** Maximum seconds for adding up the new rows. */
const sumSeconds = 2;

/**
 * Sends the changes, sums and count of one call in one snapshot, within `readSeconds` (sql/queries/changes.sql, summed.sql).
 * All but `alone` reject if a statement fails; `sessions` gives 1 if the answer has no number.
 */
export function createWatchReads(connection: Connection, target: () => Target, ledger: Ledger): WatchReads {
  /** Reads a poll, the sums of new rows that it asks for, and a count, in one snapshot. */
  async function poll(request: ChangesRequest, count: Read | null): Promise<[PollAnswer, readonly Tagged[]]> {
    const sums = summedReads(target(), ledger, request, sumSeconds);
    const counts = count === null ? [] : [count];
    const seconds = readSeconds - (sums.length === 0 ? 0 : sumSeconds) - (count === null ? 0 : countSeconds);
    const reads = [changesRead(target(), request, seconds), ...sums, ...counts];
    const [rows = [], ...others] = await readTagged(connection, target(), reads);
    const summed = sums.length === 0 ? null : summedIn(others);
    return [{ changes: decodeChanges(rows, request), summed }, others.at(-1) ?? []];
  }

  return {
    async changes(request) {
      const [answer] = await poll(request, null);
      return answer;
    },
    async both(request, work, turnKey) {
      const [answer, counted] = await poll(request, countRead(target(), ledger, work, turnKey));
      const turn = work.kind === 'range' ? decodeTurn(ofKind(counted, 'turn')[0]) : null;
      return { ...answer, turn, counted: turn?.isMine === false ? undefined : await countedIn(work, counted) };
    },
    async alone(work) {
      try {
        const [rows = []] = await readTagged(connection, target(), [countRead(target(), ledger, work, null)]);
        return await countedIn(work, rows);
      } catch {
        return null;
      }
    },
    async sessions() {
      const [rows = []] = await readTagged(connection, target(), [{ ...query('sessions', target(), {}), seconds: 1 }]);
      const [sessions] = ofKind(rows, 'sessions');
      return typeof sessions === 'number' ? sessions : 1;
    },
  };
}
