import { messageOf } from '../database/database-error.ts';
import type { ExportedRow } from '../domain/control-columns.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Triage } from '../domain/triage.ts';

export interface Resolutions {
  /** Reads the failures of the table, if these rows have one that is not known. Never throws. */
  learn(rows: readonly ExportedRow[]): Promise<void>;
  /** The operation that has completed the work of a failed one since; null if none has, or if that is not known. */
  readonly of: (row: ExportedRow) => number | null;
  /** Why resolutions are not known; null if they are. */
  problem(): string | null;
}

/**
 * Which operations resolve the failures of an export. An export without failures reads none.
 *
 * @param poll a poll that knows all failures
 */
export function createResolutions(poll: () => Promise<Snapshot>): Resolutions {
  let triage: Triage | undefined;
  let problem: string | null = null;

  const failureOf = ({ id, status }: ExportedRow) => (status === 'failed' ? triage?.of(Number(id)) : null);

  return {
    async learn(rows) {
      const isNew = rows.some((row) => row.status === 'failed' && isId(row.id) && (failureOf(row) ?? null) === null);
      if (!isNew || problem !== null) return;
      try {
        ({ triage } = await poll());
      } catch (error) {
        problem = messageOf(error);
      }
    },
    of(row) {
      const resolution = failureOf(row)?.resolution;
      return resolution?.kind === 'resolved' ? resolution.by : null;
    },
    problem: () => problem,
  };
}

const isId = (id: string | null): boolean => id !== null && Number.isSafeInteger(Number(id));
