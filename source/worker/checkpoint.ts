import { type Checkpoint, type CheckpointCounting, checkpointOf } from '../domain/checkpoint.ts';
import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import type { Phase } from '../domain/operation.ts';
import { checkCount } from './check.ts';
import { AmbiguousCheckpointError, ControlTableError } from './errors.ts';
import { fieldsOf, markOf, type Operation, operationOf, validationQueryOf } from './operation.ts';
import type { Session } from './session.ts';

/** What the caller knows of a table whose rows alone do not say how many records are done. */
export interface CheckpointChoice {
  /**
   * Leaves out the operations of earlier runs: a point in time, as a `Date` or as a text that PostgreSQL reads as a
   * timestamp, or the id of the first operation that counts. An operation that has not started counts if its id is not
   * below that of the first one that started since.
   */
  readonly since?: Date | string | number | undefined;
  /**
   * How others' rows count, as in `migtop --counting`: each its own batch or range (`batch`, `own`: they add up), or all that
   * was done so far (`cumulative`: the largest counts).
   */
  readonly counting?: 'own' | 'batch' | 'cumulative' | 'own totals' | 'per batch' | undefined;
  /**
   * How many records are done. It holds where the marks of this library do not say it: a worker that is started again with
   * the same `offset` goes on where it was.
   */
  readonly offset?: number | undefined;
}

/** A row of a phase and table, as far as the checkpoint needs it. */
export interface TableRow extends CheckpointRow, Pick<Operation, 'workerId'> {
  /** The validation query as it is in the table, where it may hold a mark. */
  readonly validationQuery: string | null;
  /** Whether it belongs to the operations since the time that was asked for. */
  readonly included: boolean;
}

export interface Table {
  readonly rows: readonly TableRow[];
  /** The database's clock. */
  readonly now: number;
}

/** Reads the rows of a phase and table: those since the time that was asked for, and all that are open. */
export async function readTable(
  session: Session,
  phase: Phase,
  tableName: string,
  { since }: CheckpointChoice,
): Promise<Table> {
  const [time, id] = sinceOf(since);
  const rows = await session.run('checkpoint', [phase, tableName, time, id]);
  return {
    rows: rows.map((row) => ({ ...tableRowOf(row.body), included: row.included === true })),
    now: numberOf(rows[0]?.now ?? 0),
  };
}

/** Reads a row as checkpoint.sql and lineage.sql bring it. */
export function tableRowOf(body: unknown): Omit<TableRow, 'included'> {
  return { ...operationOf(body), mark: markOf(body), validationQuery: validationQueryOf(fieldsOf(body)) };
}

/** See `MigrationControl.resumeFromLastCheckpoint`. */
export async function resume(session: Session, tableName: string, choice: CheckpointChoice): Promise<number> {
  const offset = choice.offset === undefined ? null : checkCount('offset', choice.offset);
  const table = await readTable(session, 'execution', tableName, choice);
  const rows = table.rows.filter(({ included }) => included);
  const found = checkpointOf(rows, { run: session.runName, counting: countingOf(choice), offset: choice.offset });
  if (offset !== null && !(found.kind === 'at' && found.exact)) return offset;
  return recordsOf(found, 'execution', tableName);
}

/** @throws {AmbiguousCheckpointError} */
export function recordsOf(found: Checkpoint, phase: Phase, tableName: string): number {
  if (found.kind === 'at') return found.records;
  throw ambiguityOf(found, phase, tableName);
}

export function ambiguityOf(
  { doubt, rows }: Extract<Checkpoint, { kind: 'ambiguous' }>,
  phase: Phase,
  tableName: string,
): AmbiguousCheckpointError {
  return new AmbiguousCheckpointError(
    doubt,
    phase,
    tableName,
    rows.map(({ id }) => id),
  );
}

/** @throws {TypeError} */
export function countingOf({ counting }: CheckpointChoice): CheckpointCounting | undefined {
  switch (counting) {
    case undefined:
    case 'own':
    case 'batch':
    case 'cumulative':
      return counting;
    case 'own totals':
      return 'own';
    case 'per batch':
      return 'batch';
  }
  throw new TypeError(`counting is ${String(counting)}; it has to be one of own, batch, cumulative.`);
}

/** The earliest time, as PostgreSQL reads it, and the first id. @throws {TypeError} */
function sinceOf(since: CheckpointChoice['since']): [string | null, number | null] {
  if (since === undefined) return [null, null];
  if (typeof since === 'string' && since !== '') return [since, null];
  if (typeof since === 'number' && Number.isSafeInteger(since)) return [null, since];
  if (since instanceof Date && !Number.isNaN(since.getTime())) return [since.toISOString(), null];
  throw new TypeError(`since is ${String(since)}; it has to be a Date, a timestamp or the id of an operation.`);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ControlTableError('unreadable', `The database sent ${String(value)} for its clock.`);
}
