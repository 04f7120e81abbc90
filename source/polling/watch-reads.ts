import { type Connection, readSeconds } from '../database/connection.ts';
import { ofKind, readTagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Changes, ChangesRequest, CountingResult, CountingWork } from './changes.ts';
import type { RangeResult } from './counting-beside.ts';
import { changesRead, countedIn, countRead, countSeconds } from './counting-reads.ts';
import { decodeChanges } from './decode-changes.ts';
import { decodeTurn } from './decode-counts.ts';
import type { Ledger } from './ledger.ts';

/** The queries of a watch. */
export interface WatchReads {
  changes(request: ChangesRequest): Promise<Changes>;
  /**
   * Reads the changes and a count in one snapshot.
   *
   * @param turnKey if another session has this lock, there is no count
   * @returns `turn` for the count of a range; null for a probe
   */
  both(request: ChangesRequest, work: CountingWork, turnKey: string | null): Promise<ReadBoth>;
  /** Counts a range in a separate snapshot. Never rejects: if it fails, the first connection counts the range. */
  alone(work: CountingWork & { kind: 'range' }): Promise<RangeResult | null>;
}

interface ReadBoth {
  readonly changes: Changes;
  readonly turn: ReturnType<typeof decodeTurn> | null;
  readonly counted: CountingResult | undefined;
}

export function createWatchReads(connection: Connection, target: () => Target, ledger: Ledger): WatchReads {
  return {
    async changes(request) {
      const [rows = []] = await readTagged(connection, target(), [changesRead(target(), request, readSeconds)]);
      return decodeChanges(rows, request);
    },
    async both(request, work, turnKey) {
      const [changed = [], counted = []] = await readTagged(connection, target(), [
        changesRead(target(), request, readSeconds - countSeconds),
        countRead(target(), ledger, work, turnKey),
      ]);
      const changes = decodeChanges(changed, request);
      const turn = work.kind === 'range' ? decodeTurn(ofKind(counted, 'turn')[0]) : null;
      return { changes, turn, counted: turn?.isMine === false ? undefined : countedIn(work, counted) };
    },
    async alone(work) {
      try {
        const [rows = []] = await readTagged(connection, target(), [countRead(target(), ledger, work, null)]);
        return countedIn(work, rows);
      } catch {
        return null;
      }
    },
  };
}
