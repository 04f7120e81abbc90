import type { Phase } from '../domain/operation.ts';
import { checkId, checkOptionalCount, checkPhase, checkText } from './check.ts';
import { fieldsOf, type Operation, operationOf } from './operation.ts';
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
export type Entry = { readonly mine: boolean; readonly operation: Operation };

/** What came of joining the work on a table. */
export type Joined =
  | { readonly kind: 'joined' | 'started'; readonly operation: Operation }
  /** Another worker is at it: its operation. */
  | { readonly kind: 'busy'; readonly operation: Operation };

export async function start(session: Session, options: StartOptions): Promise<Operation> {
  const rows = await session.run('start', [...startValues(session, options), session.label()]);
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
  return { mine: rows[0].mine === true, operation: operationOf(rows[0].body) };
}

/**
 * Goes on with what this worker or the queue has of that work, or starts it.
 *
 * @param bySourceQuery whether only rows with the same source query are the same work
 */
export async function join(session: Session, options: StartOptions, bySourceQuery: boolean): Promise<Joined> {
  const rows = await session.run('join', [...startValues(session, options), session.label(), bySourceQuery]);
  const { kind, body } = fieldsOf(rows[0]);
  const operation = operationOf(body);
  if (kind !== 'started') return { kind: kind === 'busy' ? 'busy' : 'joined', operation };
  const [earlier] = await session.run('withdraw', [operation.id, session.workerId, bySourceQuery]);
  return earlier === undefined
    ? { kind: 'started', operation }
    : { kind: 'busy', operation: operationOf(earlier.body) };
}

function startValues(session: Session, options: StartOptions): unknown[] {
  return [
    checkPhase(options.phase),
    checkText('tableName', options.tableName),
    checkText('operation', options.operation),
    checkOptionalCount('totalRecords', options.totalRecords),
    checkOptionalCount('batchSize', options.batchSize),
    session.workerId,
    options.sourceQuery ?? null,
    options.validationQuery ?? null,
  ];
}
