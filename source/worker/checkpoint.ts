import { type Ambiguity, type Checkpoint, type CheckpointCounting, checkpointOf } from '../domain/checkpoint.ts';
import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import { attemptsOfRow } from '../domain/lineage.ts';
import type { Phase } from '../domain/operation.ts';
import { undoingPhase } from '../domain/undone.ts';
import { checkCount } from './check.ts';
import { AmbiguousCheckpointError, ControlTableError, type RunRemedy } from './errors.ts';
import { markOf, operationOf, placeOf, rowFields, validationQueryOf, type WorkerOperation } from './operation.ts';
import type { WorkerSession } from './session.ts';

/** Options for a table whose rows alone do not say how many records are done (docs/worker.md, "How many records are done"). */
export interface CheckpointChoice {
  /**
   * Excludes the operations of earlier runs: a point in time (a `Date`, or a string that PostgreSQL accepts as timestamp with
   * time zone), or the id of the first operation to include. An operation that has not started is included if its id is
   * not lower than that of the first operation that started since then.
   */
  readonly since?: Date | string | number | undefined;
  /**
   * How the counters of rows without a mark are read, as with `migtop --counting`. `batch`, `own`: each row counts its own
   * batch or range, so they are added. `cumulative`: each row counts everything done until then, so the largest is used.
   */
  readonly counting?: 'own' | 'batch' | 'cumulative' | 'own totals' | 'per batch' | undefined;
  /**
   * How many records are done: a whole number, 0 or more. It is used only where the marks of this library do not say it, so
   * a worker that is restarted with the same `offset` continues where it was.
   */
  readonly offset?: number | undefined;
}

/** A row as read by checkpoint.sql or lineage.sql. */
export interface StoredRow extends CheckpointRow {
  readonly workerId: WorkerOperation['workerId'];
  /** The validation query as stored, with the mark if there is one. */
  readonly validationQuery: string | null;
  /** Whether `since` includes it. */
  readonly included: boolean;
}

export interface TableState {
  readonly rows: readonly StoredRow[];
  /** The rows of the phase that undoes the records, those that `since` includes. */
  readonly undoing: readonly StoredRow[];
  /** The database's clock, in seconds since 1970-01-01 00:00 (`localtimestamp`, without a zone). */
  readonly now: number;
}

/** Reads the rows of one phase and table: those that `since` includes, and all open ones. */
export async function readTable(
  session: WorkerSession,
  phase: Phase,
  tableName: string,
  { since }: CheckpointChoice,
): Promise<TableState> {
  const [time, firstId] = sinceOf(since);
  const values = { phase, tableName, since: time, firstId, undoing: undoingPhase(phase) };
  const rows = await session.run('checkpoint', values);
  const all = rows.map((row) => ({ ...tableRowOf(row.body), included: row.included === true }));
  return {
    rows: all.filter((row) => row.phase === phase),
    undoing: all.filter((row) => row.phase !== phase && row.included),
    now: numberOf(rows[0]?.now ?? 0),
  };
}

/**
 * All attempts at an operation's work, if `since` excludes one that an attempt repeats: the excluded rows say whether the work is the
 * whole table, and what its operations are called. Else none.
 */
export async function excludedAttempts(
  session: WorkerSession,
  id: number,
  { rows }: TableState,
  { since }: CheckpointChoice,
): Promise<readonly CheckpointRow[]> {
  if (since === undefined) return [];
  const included = new Set(rows.flatMap((row) => (row.included ? [row.id] : [])));
  const isCut = ({ mark }: StoredRow): boolean => mark?.repeats != null && !included.has(mark.repeats);
  if (!attemptsOfRow(rows, id).some(isCut)) return [];
  const all = (await session.run('lineage', { id })).map(({ body }) => tableRowOf(body));
  return all.filter(({ phase }) => phase === rows[0]?.phase);
}

/** Decodes a row of checkpoint.sql or lineage.sql. @throws {ControlTableError} */
export function tableRowOf(body: unknown): Omit<StoredRow, 'included'> {
  const row = rowFields(body);
  return { ...operationOf(body), mark: markOf(body), validationQuery: validationQueryOf(row), place: placeOf(row) };
}

/** See `MigrationControl.resumeFromLastCheckpoint`. */
export async function resume(session: WorkerSession, tableName: string, choice: CheckpointChoice): Promise<number> {
  const offset = choice.offset === undefined ? null : checkCount('offset', choice.offset);
  const table = await readTable(session, 'execution', tableName, choice);
  const rows = table.rows.filter(({ included }) => included);
  const found = checkpointOf(rows, {
    run: session.runName,
    counting: countingOf(choice),
    offset: choice.offset,
    undoing: table.undoing,
  });
  if (offset !== null && !(found.kind === 'at' && found.exact !== null)) return offset;
  if (found.kind === 'ambiguous') throw ambiguityOf(found, 'execution', tableName, session);
  return found.records;
}

/** Returns the error that says why the checkpoint is not clear, with the rows and the remedy. */
export function ambiguityOf(
  { reason, rows, atLeast }: Extract<Checkpoint, { kind: 'ambiguous' }>,
  phase: Phase,
  tableName: string,
  { runName }: Pick<WorkerSession, 'runName'>,
): AmbiguousCheckpointError {
  return new AmbiguousCheckpointError(
    reason,
    phase,
    tableName,
    rows.map(({ id }) => id),
    { atLeast, run: runRemedy(reason, rows, runName) },
  );
}

/** Which `run` resolves an ambiguity: rows that the library marked with other names do not count. Null if none does. */
function runRemedy(reason: Ambiguity, rows: readonly CheckpointRow[], runName: string | null): RunRemedy | null {
  if (reason === 'overtaken' || rows.length === 0) return null;
  const runs = rows.map(({ mark }) => mark?.run ?? null);
  if (reason !== 'another run') return runs.includes(null) ? null : 'another';
  if (runName === null) return 'same';
  return rows.every(({ mark }) => mark === null || mark.run === null) ? 'none' : null;
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
  throw new TypeError(`counting is ${String(counting)}; it must be 'own', 'batch' or 'cumulative'.`);
}

/** `since` as a timestamp for PostgreSQL, or as an id; the other is null. @throws {TypeError} */
function sinceOf(since: CheckpointChoice['since']): [string | null, number | null] {
  if (since === undefined) return [null, null];
  if (typeof since === 'string' && since !== '') return [since, null];
  if (typeof since === 'number' && Number.isSafeInteger(since)) return [null, since];
  if (since instanceof Date && !Number.isNaN(since.getTime())) return [since.toISOString(), null];
  throw new TypeError(`since is ${String(since)}; it must be a Date, a timestamp or the id of an operation.`);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ControlTableError('unreadable', `The database returned ${String(value)} as its time.`);
}
