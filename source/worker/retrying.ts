import { doneBefore } from '../domain/checkpoint.ts';
import { hasPosition, isOfTable } from '../domain/checkpoint-rows.ts';
import { wasThereBefore } from '../domain/lineage.ts';
import { emptyMark, type Mark, writeMark } from '../domain/mark.ts';
import { attemptInTheWay, attemptsOnTable } from '../domain/retry.ts';
import { checkId } from './check.ts';
import { tableRowOf } from './checkpoint.ts';
import { OperationGoneError, TransitionError } from './errors.ts';
import { operationOf, type WorkerOperation } from './operation.ts';
import type { WorkerSession } from './session.ts';
import { newMark, storedOf, withdraw, writeMarkOf } from './starting.ts';

/** The result of `retryOperation`. */
export type Retry =
  /** `operation`: the new one, which this worker is running. */
  | { readonly kind: 'started'; readonly operation: WorkerOperation }
  /** Another attempt of the same work is pending, running or paused: `operation`, of any worker. Nothing was started. */
  | { readonly kind: 'open'; readonly operation: WorkerOperation }
  /** A later attempt was completed: `operation`. Nothing was started. */
  | { readonly kind: 'done'; readonly operation: WorkerOperation };

type Work = Awaited<ReturnType<typeof readAttempts>>;
type Attempts = Work['attempts'];

/** How often the attempts are read again: each time, another session was faster. */
const mostRounds = 100;

/** @throws {OperationGoneError | TransitionError} */
export async function retry(session: WorkerSession, id: number, name: string | null): Promise<Retry> {
  for (let round = 1; round <= mostRounds; round++) {
    const work = await readAttempts(session, checkId(id));
    const { attempts } = work;
    const settled = await settledBy(session, attempts, id);
    if (settled !== null) return settled;
    const own = attempts.find((row) => row.id === id);
    const [first] = attempts;
    if (own === undefined || first === undefined) throw new OperationGoneError(id);
    if (own.status !== 'failed') throw new TransitionError(id, own.status, 'running');
    const mark = await markOfRetry(session, own, work);
    const values = {
      id,
      operation: name,
      label: session.label(),
      validationQuery: writeMark(own.validationQuery, withoutPlace(mark)),
      firstId: first.id,
      firstVersion: first.version,
    };
    const [row] = await session.run('retry', values);
    if (row === undefined) throw new OperationGoneError(id);
    const stored = storedOf(row);
    const { operation } = stored;
    if (row.kind === 'refused') throw new TransitionError(id, operation.status, 'running');
    // 'raced': another worker changed the first row of this work since it was read.
    if (row.kind !== 'started') continue;
    // A worker that continues the table (join.sql) does not write these rows: it may have started the work first, and ended it.
    // While this operation is running no other worker starts the work, so the rows read now are final.
    const { attempts: attemptsNow, undoing } = await readAttempts(session, id);
    const earlier = attemptsNow.filter((row) => row.id === id || wasThereBefore(row, operation));
    const rival = await settledBy(session, earlier, id);
    const failed = earlier.find((other) => other.id === id);
    if (rival === null && failed?.status === 'failed') {
      await writeMarkOf(session, stored, await markOfRetry(session, failed, { attempts: earlier, undoing }));
      return { kind: 'started', operation };
    }
    const reason = rival === null ? 'is no longer failed' : 'started the same work before it';
    await withdraw(session, operation.id, `Not started: operation ${rival?.operation.id ?? id} ${reason}.`);
    if (rival !== null) return rival;
  }
  throw new Error(`Cannot retry operation ${id}: other sessions change its attempts again and again. Try again later.`);
}

/**
 * The attempts of an operation's work, in order of id, each with its version (`xmin`), and the rows that may undo its records. Empty if the
 * operation is gone.
 */
async function readAttempts(session: WorkerSession, id: number) {
  const rows = (await session.run('lineage', { id })).map(({ body, version }) => ({ ...tableRowOf(body), version }));
  const phase = rows.find((row) => row.id === id)?.phase;
  const [own, undoing] = [rows.filter((row) => row.phase === phase), rows.filter((row) => row.phase !== phase)];
  return { attempts: attemptsOnTable(own, id), undoing };
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

/** The mark of a retry of an operation, by the attempts that were read. */
async function markOfRetry(session: WorkerSession, own: Attempts[number], { attempts, undoing }: Work): Promise<Mark> {
  const before = doneBefore({ ...own, mark: { ...emptyMark, repeats: own.id } }, attempts, {
    run: session.runName,
    now: 0,
    undoing,
  });
  const records = before.kind === 'at' ? before.records : null;
  const mark: Mark = { ...(await newMark(session)), repeats: own.id };
  // A retry counts what the earlier attempts counted: the whole table, or their own work.
  const placed = attempts.findLast((row) => hasPosition(row) || isOfTable(row))?.mark;
  // Released before its first record: only the other rows of the table show where it continues.
  if (placed?.atLeast !== undefined) return { ...mark, atLeast: Math.max(records ?? 0, placed.atLeast) };
  return records === null ? mark : { ...mark, from: records, ofOperation: placed?.ofOperation ?? true };
}

/**
 * The mark with which a retry is inserted. The insertion waits for a lock, and others may do records until then. So `from`, which
 * says where to continue whatever other rows say, is written later: if this process is killed before, the next one reads the rows.
 */
function withoutPlace(mark: Mark): Mark {
  if (mark.from === null) return mark;
  const { from, ...rest } = mark;
  return { ...rest, from: null, ...(mark.ofOperation ? {} : { atLeast: from }) };
}
