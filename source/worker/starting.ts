import { emptyMark, type Mark, writeMark } from '../domain/mark.ts';
import type { Phase } from '../domain/operation.ts';
import { checkId, checkOptionalCount, checkPhase, checkText } from './check.ts';
import { type Fields, markOf, operationOf, rowFields, validationQueryOf, type WorkerOperation } from './operation.ts';
import type { StatementValues } from './parameters.ts';
import type { WorkerSession } from './session.ts';

/** The values of a new operation. */
export interface StartOptions {
  readonly phase: Phase;
  /** The table that is migrated: not empty. */
  readonly tableName: string;
  /** The name of the work, such as `batch_migration`: not empty. */
  readonly operation: string;
  /** Records per batch: a whole number, 0 or more. */
  readonly batchSize?: number | null | undefined;
  /** How many records the whole table has: a whole number, 0 or more. */
  readonly totalRecords?: number | null | undefined;
  /** The query that reads the records. The library stores it and does not run it. */
  readonly sourceQuery?: string | null | undefined;
  /** The query that checks the result. The library stores it, with its mark appended, and does not run it. */
  readonly validationQuery?: string | null | undefined;
}

/** Which pending operations `claimNext` takes. A field that is missing matches every operation. */
export interface ClaimFilter {
  readonly phase?: Phase | undefined;
  readonly tableName?: string | undefined;
  readonly operation?: string | undefined;
}

/** The result of `enter`. `mine`: whether the operation is now this worker's, or names no worker. */
export type Entry = { readonly mine: boolean } & Stored;

/** An operation, with its mark and its validation query as stored. */
export interface Stored {
  readonly operation: WorkerOperation;
  readonly mark: Mark | null;
  /** The validation query with the mark. */
  readonly validationQuery: string | null;
}

/** The result of `join`. */
export type Joined =
  /** `isClaimed`: it was pending until now, so other workers may have done records of the same work since it was put back. */
  | ({ readonly kind: 'joined'; readonly isClaimed: boolean } & Stored)
  | ({ readonly kind: 'started' } & Stored)
  /** Another worker is running the work: `operation`. */
  | { readonly kind: 'busy'; readonly operation: WorkerOperation };

/** Inserts a running operation (sql/queries/worker/start.sql). */
export async function start(session: WorkerSession, options: StartOptions): Promise<WorkerOperation> {
  const mark = await newMark(session);
  const rows = await session.run('start', newRow(session, options, mark));
  return operationOf(rows[0]?.body);
}

/** Claims the next pending operation that passes the filter; null if there is none (sql/queries/worker/claim.sql). */
export async function claimNext(session: WorkerSession, filter: ClaimFilter): Promise<WorkerOperation | null> {
  const rows = await session.run('claim', {
    phase: filter.phase === undefined ? null : checkPhase(filter.phase),
    tableName: filter.tableName ?? null,
    operation: filter.operation ?? null,
    label: session.label(),
    waiting: [...session.waiting.keys()],
    others: [...session.waiting.values()],
  });
  return rows[0] === undefined ? null : operationOf(rows[0].body);
}

/** The mark of an operation that this worker starts. */
export async function newMark(session: WorkerSession): Promise<Mark> {
  return { ...emptyMark, run: session.runName, ...((await session.isPooled()) ? { isPooled: true } : {}) };
}

/** Claims one operation by its id if it is pending, or running without a worker; leaves others unchanged. Null if it is gone. */
export async function enter(session: WorkerSession, id: number): Promise<Entry | null> {
  const rows = await session.run('enter', { id: checkId(id), label: session.label(id) });
  if (rows[0] === undefined) return null;
  return { mine: rows[0].mine === true, ...storedOf(rows[0]) };
}

export interface JoinOptions {
  /** Whether only rows with the same source query belong to the same work. */
  readonly bySourceQuery: boolean;
  /** The ids of open rows that do not belong to this work: of another run, or excluded by `since`. */
  readonly leftOut: readonly number[];
  /** The ids of rows with another name that are attempts of the same work, such as retries. */
  readonly attempts: readonly number[];
  /** The mark of a new row. */
  readonly mark: Mark;
}

/** Continues an operation of that work that is this worker's or pending, or starts a new one. */
export async function join(session: WorkerSession, start: StartOptions, options: JoinOptions): Promise<Joined> {
  const { bySourceQuery, leftOut, attempts, mark } = options;
  const values = { ...newRow(session, start, mark), bySourceQuery, leftOut, attempts, lost: [...session.lost] };
  const [row] = await session.run('join', values);
  const { kind, body, queued } = rowFields(row);
  if (kind === 'busy') return { kind, operation: operationOf(body) };
  const stored = storedOf(rowFields(row));
  if (kind !== 'started') return { kind: 'joined', isClaimed: queued === true, ...stored };
  const withdrawal = { id: stored.operation.id, bySourceQuery, leftOut, reason: null };
  const earlier = (await session.run('withdraw', withdrawal))[0]?.body;
  if (earlier != null) return { kind: 'busy', operation: operationOf(earlier) };
  return { kind, ...stored };
}

/** Marks an operation that this worker has just started as skipped, with the reason as its error message. */
export async function withdraw(session: WorkerSession, id: number, reason: string): Promise<void> {
  await session.run('withdraw', { id: checkId(id), bySourceQuery: false, leftOut: [], reason });
}

/** Writes the mark of this worker's operation, unless another session changed the validation query since it was read. */
export async function writeMarkOf(
  session: WorkerSession,
  { operation, validationQuery }: Stored,
  mark: Mark,
): Promise<void> {
  const text = writeMark(validationQuery, mark);
  if (text === validationQuery) return;
  await session.run('mark', { id: operation.id, validationQuery: text, before: validationQuery });
}

/** Decodes a row of a worker's statement: the operation, its mark, and its validation query. @throws {ControlTableError} */
export function storedOf({ body }: Fields): Stored {
  return { operation: operationOf(body), mark: markOf(body), validationQuery: validationQueryOf(rowFields(body)) };
}

/** The values of a row that this worker adds. */
function newRow(session: WorkerSession, options: StartOptions, mark: Mark): StatementValues<'start'> {
  return {
    phase: checkPhase(options.phase),
    tableName: checkText('tableName', options.tableName),
    operation: checkText('operation', options.operation),
    totalRecords: checkOptionalCount('totalRecords', options.totalRecords),
    batchSize: checkOptionalCount('batchSize', options.batchSize),
    sourceQuery: options.sourceQuery ?? null,
    // The caller may pass on the validation query of another row: its mark is replaced.
    validationQuery: writeMark(options.validationQuery ?? null, mark),
    label: session.label(),
  };
}
