import { emptyMark, type Mark, writeMark } from '../domain/mark.ts';
import type { Phase } from '../domain/operation.ts';
import { checkId, checkOptionalCount, checkPhase, checkText } from './check.ts';
import { type Fields, fieldsOf, markOf, type Operation, operationOf, validationQueryOf } from './operation.ts';
import type { Session } from './session.ts';

/** What an operation is, before there is a row of it. */
export interface StartOptions {
  readonly phase: Phase;
  readonly tableName: string;
  /** What is done, such as `batch_migration`. */
  readonly operation: string;
  /** Records a batch. */
  readonly batchSize?: number | null | undefined;
  /** Records that the whole table has. */
  readonly totalRecords?: number | null | undefined;
  readonly sourceQuery?: string | null | undefined;
  readonly validationQuery?: string | null | undefined;
}

/** Which pending operations a worker takes; what is left out lets all pass. */
export interface ClaimFilter {
  readonly phase?: Phase | undefined;
  readonly tableName?: string | undefined;
  readonly operation?: string | undefined;
}

/** What came of taking up an operation by its id. */
export type Entry = { readonly mine: boolean } & Stored;

/** An operation with what the table says beside its owner's own columns. */
export interface Stored {
  readonly operation: Operation;
  readonly mark: Mark | null;
  /** The validation query as it is in the table. */
  readonly validationQuery: string | null;
}

/** What came of joining the work on a table. */
export type Joined =
  | ({ readonly kind: 'joined' | 'started' } & Stored)
  /** Another worker is at it: its operation. */
  | { readonly kind: 'busy'; readonly operation: Operation };

export async function start(session: Session, options: StartOptions): Promise<Operation> {
  const mark = { ...emptyMark, run: session.runName };
  const rows = await session.run('start', [...startValues(session, options, mark), session.label()]);
  return operationOf(rows[0]?.body);
}

export async function claimNext(session: Session, filter: ClaimFilter): Promise<Operation | null> {
  const rows = await session.run('claim', [
    filter.phase === undefined ? null : checkPhase(filter.phase),
    filter.tableName ?? null,
    filter.operation ?? null,
    session.workerId,
    session.label(),
  ]);
  return rows[0] === undefined ? null : operationOf(rows[0].body);
}

/** Takes up one operation: a pending one is claimed, all others stay what they are. Null: it is gone. */
export async function enter(session: Session, id: number): Promise<Entry | null> {
  const rows = await session.run('enter', [checkId(id), session.workerId, session.label(id)]);
  if (rows[0] === undefined) return null;
  return { mine: rows[0].mine === true, ...storedOf(rows[0]) };
}

export interface JoinOptions {
  /** Whether only rows with the same source query are the same work. */
  readonly bySourceQuery: boolean;
  /** The ids of open rows that are not the same work: of another run, or from before the time that was asked for. */
  readonly leftOut: readonly number[];
  /** The ids of rows of another name that are attempts of the same work, such as retries. */
  readonly attempts: readonly number[];
  /** The mark of a new row. */
  readonly mark: Mark;
}

/** Goes on with what this worker or the queue has of that work, or starts it. */
export async function join(session: Session, start: StartOptions, options: JoinOptions): Promise<Joined> {
  const { bySourceQuery, leftOut, attempts, mark } = options;
  const values = [...startValues(session, start, mark), session.label(), bySourceQuery, leftOut, attempts];
  const [row] = await session.run('join', values);
  const { kind, body } = fieldsOf(row);
  if (kind === 'busy') return { kind, operation: operationOf(body) };
  const stored = storedOf(fieldsOf(row));
  if (kind !== 'started') return { kind: 'joined', ...stored };
  const withdrawal = [stored.operation.id, session.workerId, bySourceQuery, leftOut, null];
  const earlier = (await session.run('withdraw', withdrawal))[0]?.body;
  if (earlier != null) return { kind: 'busy', operation: operationOf(earlier) };
  return { kind, ...stored };
}

/** Gives up an operation of this worker that it has not begun. */
export async function giveUp(session: Session, id: number, why: string): Promise<void> {
  await session.run('withdraw', [checkId(id), session.workerId, false, [], why]);
}

/** Writes the mark of an operation that this worker has, unless somebody else changed the row. */
export async function writeMarkOf(session: Session, { operation, validationQuery }: Stored, mark: Mark): Promise<void> {
  const text = writeMark(validationQuery, mark);
  if (text !== validationQuery) await session.run('mark', [operation.id, session.workerId, text, validationQuery]);
}

export function storedOf({ body }: Fields): Stored {
  return { operation: operationOf(body), mark: markOf(body), validationQuery: validationQueryOf(fieldsOf(body)) };
}

function startValues(session: Session, options: StartOptions, mark: Mark): unknown[] {
  return [
    checkPhase(options.phase),
    checkText('tableName', options.tableName),
    checkText('operation', options.operation),
    checkOptionalCount('totalRecords', options.totalRecords),
    checkOptionalCount('batchSize', options.batchSize),
    session.workerId,
    options.sourceQuery ?? null,
    // A row's own validation query, handed on as it is in the table, may hold that row's mark.
    writeMark(options.validationQuery ?? null, mark),
  ];
}
