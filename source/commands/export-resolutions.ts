import { messageOf } from '../database/database-error.ts';
import type { ExportedRow } from '../domain/control-columns.ts';
import { isTimeout } from '../polling/whole-count.ts';

export interface Resolutions {
  /** Reads which operations have completed the works of those of these rows that have failed. Never throws. */
  learn(rows: readonly ExportedRow[]): Promise<void>;
  /** The operation that has completed the work of a failed one since; null if none has, or if that is not known. */
  readonly of: (row: ExportedRow) => number | null;
  /** Why resolutions are not known; null if they are. */
  problem(): string | null;
}

/** How resolutions are read. */
export interface ResolutionReads {
  /** Those of some failures, through the index on the table's name. */
  some(failed: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** Those of all failures of the table, with a count of it. */
  all(): Promise<ReadonlyMap<number, number>>;
  /** Milliseconds on any clock. */
  now(): number;
}

/**
 * For how many milliseconds the failures are read page by page. Each page reads the tables of its failures again: where they have
 * millions of operations, all failures at once take less time, but more memory.
 */
const pagedMs = 60_000;

/**
 * Which operations resolve the failures of an export. They are read for one page after the other, so that they take as little memory
 * as a page; if that takes too long, for the whole table at once. An export without failures reads none.
 */
export function createResolutions(reads: ResolutionReads): Resolutions {
  let known: ReadonlyMap<number, number> = new Map();
  let isAll = false;
  let problem: string | null = null;
  let usedMs = 0;

  async function ofPage(failed: readonly number[]): Promise<ReadonlyMap<number, number> | null> {
    if (usedMs >= pagedMs) return null;
    const startedMs = reads.now();
    try {
      return await reads.some(failed);
    } catch (error) {
      if (isTimeout(error)) return null;
      throw error;
    } finally {
      usedMs += reads.now() - startedMs;
    }
  }

  return {
    async learn(rows) {
      const failed = rows.flatMap(({ id, status }) => (status === 'failed' && isId(id) ? [Number(id)] : []));
      if (failed.length === 0 || isAll || problem !== null) return;
      try {
        const found = await ofPage(failed);
        isAll = found === null;
        known = found ?? (await reads.all());
      } catch (error) {
        known = new Map();
        problem = messageOf(error);
      }
    },
    of: ({ id, status }) => (status === 'failed' ? (known.get(Number(id)) ?? null) : null),
    problem: () => problem,
  };
}

const isId = (id: string | null): boolean => id !== null && Number.isSafeInteger(Number(id));
