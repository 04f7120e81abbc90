import { doneBefore } from '../domain/checkpoint.ts';
import { emptyMark, writeMark } from '../domain/mark.ts';
import { attemptInTheWay, attemptsOnTable } from '../domain/retry.ts';
import { checkId } from './check.ts';
import { tableRowOf } from './checkpoint.ts';
import { OperationGoneError, TransitionError } from './errors.ts';
import { operationOf, type WorkerOperation } from './operation.ts';
import type { WorkerSession } from './session.ts';
import { withdraw } from './starting.ts';

/** The result of `retryOperation`. */
export type Retry =
  /** `operation`: the new one, which this worker is running. */
  | { readonly kind: 'started'; readonly operation: WorkerOperation }
  /** Another attempt of the same work is pending, running or paused: `operation`, of any worker. Nothing was started. */
  | { readonly kind: 'open'; readonly operation: WorkerOperation }
  /** A later attempt was completed: `operation`. Nothing was started. */
  | { readonly kind: 'done'; readonly operation: WorkerOperation };

type Attempts = Awaited<ReturnType<typeof readAttempts>>;

/** @throws {OperationGoneError | TransitionError} */
export async function retry(session: WorkerSession, id: number, name: string | null): Promise<Retry> {
  for (;;) {
    const attempts = await readAttempts(session, checkId(id));
    const settled = await settledBy(session, attempts, id);
    if (settled !== null) return settled;
    const own = attempts.find((row) => row.id === id);
    const [first] = attempts;
    if (own === undefined || first === undefined) throw new OperationGoneError(id);
    if (own.status !== 'failed') throw new TransitionError(id, own.status, 'running');
    const values = {
      id,
      operation: name,
      label: session.label(),
      validationQuery: markOfRetry(session, own, attempts),
      firstId: first.id,
      firstVersion: first.version,
    };
    const [row] = await session.run('retry', values);
    if (row === undefined) throw new OperationGoneError(id);
    const operation = operationOf(row.body);
    if (row.kind === 'refused') throw new TransitionError(id, operation.status, 'running');
    // 'raced': another worker changed the first row of this work since it was read. That worker made progress, so this loop ends.
    if (row.kind !== 'started') continue;
    // A worker that continues the table (join.sql) does not write these rows: it may have started the work first.
    const earlier = (await readAttempts(session, id)).filter((other) => other.id < operation.id);
    const rival = await settledBy(session, earlier, id);
    const isStale = markOfRetry(session, own, earlier) !== values.validationQuery;
    if (rival === null && !isStale) return { kind: 'started', operation };
    const rivalName = rival === null ? 'another operation' : `operation ${rival.operation.id}`;
    await withdraw(session, operation.id, `Not started: ${rivalName} started the same work before it.`);
    if (rival !== null) return rival;
  }
}

/** The attempts of an operation's work, in order of id, each with its version (`xmin`). Empty if the operation is gone. */
async function readAttempts(session: WorkerSession, id: number) {
  const rows = (await session.run('lineage', { id })).map(({ body, version }) => ({ ...tableRowOf(body), version }));
  return attemptsOnTable(rows, id);
}

/** The attempt that is open, or that was completed after this one failed; null if there is none. */
async function settledBy(session: WorkerSession, attempts: Attempts, id: number): Promise<Retry | null> {
  const own = attempts.find((row) => row.id === id);
  if (own?.status !== 'failed') return null;
  const inTheWay = attemptInTheWay(attempts, id);
  return inTheWay === null ? null : found(session, inTheWay.kind, inTheWay.row.id);
}

/** Null if the row was deleted since it was read. */
async function found(session: WorkerSession, kind: 'open' | 'done', id: number): Promise<Retry | null> {
  const [row] = await session.run('operations', { ids: [id] });
  return row === undefined ? null : { kind, operation: operationOf(row.body) };
}

function markOfRetry(session: WorkerSession, own: Attempts[number], attempts: Attempts): string {
  const before = doneBefore({ ...own, mark: { ...emptyMark, repeats: own.id } }, attempts, {
    run: session.runName,
    now: 0,
  });
  // A retry counts what the earlier attempts counted: the whole table, or their own work.
  const placed = attempts.findLast(({ mark }) => mark !== null && mark.from !== null);
  return writeMark(own.validationQuery, {
    ...emptyMark,
    run: session.runName,
    from: before.kind === 'at' ? before.records : null,
    ofOperation: placed?.mark?.ofOperation ?? true,
    repeats: own.id,
  });
}
