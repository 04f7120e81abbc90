import { alongTheKey, type Read } from '../database/bounds.ts';
import type { Connection } from '../database/connection.ts';
import { attempt, type Decoded, idIn, visible } from '../database/decode.ts';
import { query } from '../database/query.ts';
import { kept, ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Acceptances } from './acceptances.ts';
import type { WorkDone } from './counting-rest.ts';
import { decodeChanged } from './decode-changes.ts';
import { createFailureIndex, type FailureReading } from './failure-index.ts';
import { decodeFound, decodeLowest } from './later-attempts.ts';
import { isTimeout } from './whole-count.ts';

/** Keeps the index of all failures (failure-index.ts) beside the polls. */
export interface Failures {
  /** The snapshot of a poll with the triage of all failures that are known by then. */
  take(snapshot: Snapshot): Promise<Snapshot>;
  /** Reads the next part of the index; null if there is nothing to read. */
  work(): Promise<WorkDone | null>;
  /** The accepted failures have changed: the next `work` reads them. */
  readAccepted(): void;
  clear(): void;
}

/** How many failed operations are read at a time. */
const failedRead = 10_000;

/** Maximum seconds for one part. */
const readSeconds = 4;

/** How often the accepted failures are read while there are failures, in milliseconds. */
const acceptedEveryMs = 5000;

/** After how many milliseconds a part that took too long is read again. */
const afterTimeoutMs = 60_000;

/** Which share of the time the index may use for long reads, and for reading again what was read before. */
const share = 0.5;
const doubtedShare = 0.02;

const lowestId = '-9223372036854775808';
const highestId = '9223372036854775807';

/**
 * @param acceptances the accepted failures; absent if they are not looked for
 * @param onGone takes the ids of failures in the last snapshot that are none any more, although no poll has seen a change
 */
export function createFailures(
  connection: Connection,
  target: () => Target,
  acceptances?: Acceptances,
  onGone: (ids: readonly number[]) => void = () => {},
): Failures {
  const index = createFailureIndex();
  let readAgainMs = Number.NEGATIVE_INFINITY;
  /** When attempts may be read again that no poll has shown to be other ones. */
  let doubtedMs = Number.NEGATIVE_INFINITY;
  let readAcceptedMs = Number.NEGATIVE_INFINITY;
  /** Whether the accepted failures were looked for: before that, all would count as unresolved. */
  let isAcceptedRead = false;

  async function read(next: FailureReading): Promise<void> {
    const [rows = []] = await readTagged(connection, target(), [readOf(next)]);
    switch (next.kind) {
      case 'failed':
        return onGone(index.takeListed(kept(rows.map(decodeAttempt)), rows.length < failedRead ? null : lastId(rows)));
      case 'attempts':
        return index.takeAttempts(next.ids, kept(rows.map(decodeAttempt)));
      case 'doubted':
        return index.takeDoubted(next.ids, kept(rows.map(decodeAttempt)));
      case 'part':
        return index.takePart({
          found: kept(ofKind(rows, 'found').map(decodeFound)),
          lowest: decodeLowest(ofKind(rows, 'part')[0], next.part.limit),
        });
      case 'found':
        return index.takeFound(kept(rows.map(decodeAttempt)));
      case 'foreign keys':
        return index.takeForeignKeys(next.names, kept(rows.map(decodeForeignKey)));
    }
  }

  function readOf(next: FailureReading): Read {
    const seconds = readSeconds;
    switch (next.kind) {
      case 'failed':
        return { ...query('failed', target(), { above: next.above ?? lowestId, limit: failedRead }), seconds };
      case 'attempts':
      case 'doubted':
      case 'found':
        return { ...query('attempts', target(), { ids: next.ids }), seconds };
      case 'part': {
        const values = { ...next.part, highest: next.part.highest ?? highestId };
        return { ...query('later-attempts', target(), values), seconds, after: alongTheKey };
      }
      case 'foreign keys':
        return { ...query('foreign-keys', target(), { names: next.names }), seconds };
    }
  }

  /** Null if there is no failure that an operator may have accepted. */
  async function takeAccepted(nowMs: number): Promise<WorkDone | null> {
    const before = index.triage();
    if (acceptances === undefined || before.failed === 0) return null;
    readAcceptedMs = nowMs + acceptedEveryMs;
    isAcceptedRead = true;
    index.takeAccepted(await acceptances.read());
    return { restSeconds: 0, isWhole: false, isTriaged: index.triage() !== before };
  }

  return {
    async take(snapshot) {
      index.take(snapshot);
      // If it fails, the next piece of work tries it again.
      if (!isAcceptedRead) await takeAccepted(performance.now()).catch(() => {});
      return { ...snapshot, triage: index.triage() };
    },
    async work() {
      const startedMs = performance.now();
      const wasWhole = index.isWhole();
      const next = startedMs < readAgainMs ? null : index.next();
      const isPatient = next?.kind === 'doubted' && !next.isShown;
      if (next === null || (isPatient && startedMs < doubtedMs))
        return startedMs < readAcceptedMs ? null : takeAccepted(startedMs);
      try {
        await read(next);
      } catch (error) {
        if (!isTimeout(error)) throw error;
        if (index.makeSmaller(next)) return { restSeconds: readSeconds, isWhole: false };
        // Counting must not wait for it.
        if (next.kind === 'doubted') doubtedMs = performance.now() + afterTimeoutMs;
        else readAgainMs = performance.now() + afterTimeoutMs;
        return null;
      }
      const tookSeconds = (performance.now() - startedMs) / 1000;
      if (isPatient) doubtedMs = performance.now() + 1000 * tookSeconds * (1 / doubtedShare - 1);
      // Changes by later attempts are shown with the next poll; only a triage that is complete now is shown at once.
      const isTriaged = !wasWhole && index.next() === null && index.isWhole();
      return { restSeconds: tookSeconds * (1 / share - 1), isWhole: false, isTriaged };
    },
    clear() {
      index.clear();
      isAcceptedRead = false;
      readAgainMs = Number.NEGATIVE_INFINITY;
      doubtedMs = Number.NEGATIVE_INFINITY;
      readAcceptedMs = Number.NEGATIVE_INFINITY;
    },
    readAccepted() {
      // Acceptances of this session are known at once: the next poll shows them, also while counting rests.
      if (acceptances !== undefined) index.takeAccepted(acceptances.known());
      readAcceptedMs = Number.NEGATIVE_INFINITY;
    },
  };
}

function decodeForeignKey({ body }: Tagged): Decoded<readonly [string, string]> {
  return attempt(body, (row) => [visible(row, 'name'), visible(row, 'parent')] as const);
}

/** The id of the last row, also if the row cannot be read. */
function lastId(rows: readonly Tagged[]): number | null {
  return idIn(rows.at(-1)?.body);
}

function decodeAttempt({ body }: Tagged): Decoded<Operation> {
  return decodeChanged(body, 'full');
}
