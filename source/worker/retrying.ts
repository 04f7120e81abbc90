import { doneBefore } from '../domain/checkpoint.ts';
import { emptyMark, writeMark } from '../domain/mark.ts';
import { isOpen } from '../domain/operation.ts';
import { attemptsOnTable } from './candidates.ts';
import { checkId } from './check.ts';
import { tableRowOf } from './checkpoint.ts';
import { OperationGoneError, TransitionError } from './errors.ts';
import { type Operation, operationOf } from './operation.ts';
import type { Session } from './session.ts';
import { giveUp } from './starting.ts';

/** The result of a retry. */
export type Retry =
  /** The new operation, running, of this worker. */
  | { readonly kind: 'started'; readonly operation: Operation }
  /** Its work is being repeated already: the open operation, whoever's it is. */
  | { readonly kind: 'open'; readonly operation: Operation }
  /** Its work was repeated, and completed: that operation. */
  | { readonly kind: 'done'; readonly operation: Operation };

type Attempts = Awaited<ReturnType<typeof readAttempts>>;

/** @throws {OperationGoneError | TransitionError} */
export async function retry(session: Session, id: number, name: string | null): Promise<Retry> {
  for (;;) {
    const attempts = await readAttempts(session, checkId(id));
    const settled = await settledBy(session, attempts, id);
    if (settled !== null) return settled;
    const own = attempts.find((row) => row.id === id);
    const [first] = attempts;
    if (own === undefined || first === undefined) throw new OperationGoneError(id);
    if (own.status !== 'failed') throw new TransitionError(id, own.status, 'running');
    const values = [
      id,
      session.workerId,
      name,
      session.label(),
      markOfRetry(session, own, attempts),
      first.id,
      first.version,
    ];
    const [row] = await session.run('retry', values);
    if (row === undefined) throw new OperationGoneError(id);
    const operation = operationOf(row.body);
    if (row.kind === 'refused') throw new TransitionError(id, operation.status, 'running');
    // 'raced': somebody wrote the first row of this work since it was read. Each such round is another's success.
    if (row.kind !== 'started') continue;
    // A worker that goes on with a table by its name (join.sql) writes none of these rows: it may have been faster.
    const earlier = (await readAttempts(session, id)).filter((other) => other.id < operation.id);
    const faster = await settledBy(session, earlier, id);
    const isStale = markOfRetry(session, own, earlier) !== values[4];
    if (faster === null && !isStale) return { kind: 'started', operation };
    const rival = faster === null ? 'another operation' : `operation ${faster.operation.id}`;
    await giveUp(session, operation.id, `Not begun: ${rival} had started the same work before it.`);
    if (faster !== null) return faster;
  }
}

/** The attempts of an operation's work, in order of id, each with its version; none where it is gone. */
async function readAttempts(session: Session, id: number) {
  const rows = (await session.run('lineage', [id])).map(({ body, version }) => ({ ...tableRowOf(body), version }));
  return attemptsOnTable(rows, id);
}

/** What is open of that work, or completed since it failed. */
async function settledBy(session: Session, attempts: Attempts, id: number): Promise<Retry | null> {
  const own = attempts.find((row) => row.id === id);
  if (own?.status !== 'failed') return null;
  const open = attempts.find(({ status }) => isOpen(status));
  if (open !== undefined) return found(session, 'open', open.id);
  const done = attempts.find((row) => row.status === 'completed' && row.id > id);
  return done === undefined ? null : found(session, 'done', done.id);
}

/** Null where it is gone meanwhile. */
async function found(session: Session, kind: 'open' | 'done', id: number): Promise<Retry | null> {
  const [row] = await session.run('operations', [[id]]);
  return row === undefined ? null : { kind, operation: operationOf(row.body) };
}

function markOfRetry(session: Session, own: Attempts[number], attempts: Attempts): string {
  const before = doneBefore({ ...own, mark: { ...emptyMark, repeats: own.id } }, attempts, {
    run: session.runName,
    now: 0,
  });
  // A retry counts what the attempts before it counted: the whole table, or their own work.
  const told = attempts.findLast(({ mark }) => mark !== null && mark.from !== null);
  return writeMark(own.validationQuery, {
    ...emptyMark,
    run: session.runName,
    from: before.kind === 'at' ? before.records : null,
    ofOperation: told?.mark?.ofOperation ?? true,
    repeats: own.id,
  });
}
