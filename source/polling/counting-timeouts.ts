import type { CountingWork } from './changes.ts';
import type { WorkDone } from './counting-rest.ts';
import { isTimeout } from './whole-count.ts';

/** Adapts the first counts of id ranges to a server that is too slow for their time limit. */
export interface CountingTimeouts {
  /** Returns the step; if a count has timed out and the range was never counted, with fewer rows. */
  fitted(work: CountingWork | null): CountingWork | null;
  /** A count failed. Resolves to when to go on. @throws the error, if it is no timeout, or the last of many in a row */
  failed(error: unknown, work: CountingWork): WorkDone;
  succeeded(): void;
}

/**
 * A count that times out is tried with a quarter of the rows, not fewer than this. After this many timeouts in a row it fails.
 */
const fewestRows = 500;
const mostTimeouts = 6;
const restSeconds = 5;

/** Keeps the lower number of rows after a count succeeds: only the timeouts in a row are counted from 0 again. */
export function createCountingTimeouts(): CountingTimeouts {
  let timeouts = 0;
  let mostRows = Number.POSITIVE_INFINITY;
  return {
    fitted(work) {
      if (work?.kind !== 'range' || work.limit === null || work.limit <= mostRows) return work;
      return { ...work, limit: mostRows };
    },
    failed(error, work) {
      if (!isTimeout(error) || ++timeouts >= mostTimeouts) throw error;
      if (work.kind === 'range' && work.limit !== null) mostRows = Math.max(fewestRows, Math.floor(work.limit / 4));
      return { restSeconds, isWhole: false };
    },
    succeeded() {
      timeouts = 0;
    },
  };
}
