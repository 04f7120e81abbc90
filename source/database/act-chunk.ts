import { randomUUID } from 'node:crypto';
import type { Intent } from '../domain/audit.ts';
import type { Change } from '../domain/bulk-actions.ts';
import type { Outcome } from '../domain/transitions.ts';
import { type ActContext, intentFor, note, settings, validUntilOf } from './act.ts';
import { messageOf, routineOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Answer } from './message.ts';
import { anotherTable, isOfAnotherTable, keptBy, refusalOf, whyAuditGone } from './outcome.ts';
import { helpMs, resultWithin, tableLockText } from './waits.ts';

/** How long a message of an action on many waits for a lock of the table, or of anything that a trigger needs. */
export const lockTimeoutMs = 500;

/**
 * How many lock timeouts, and expired statement timeouts, one chunk may have while it is divided to find the row that cannot be changed.
 */
export const mostTimeouts = 9;

type Row = Readonly<Record<string, unknown>>;
type Results = readonly (readonly Row[])[];

/** The statements that make the changes of a chunk, and how their results are read. */
export interface ChunkWriter {
  statements(context: ActContext, chunk: Chunk, validUntil: number | null): readonly Statement[];
  /** The results of the changes, by their place in the chunk. They may be missing if the connection was lost. */
  rows(results: Results): readonly Row[];
  outcome(row: Row | undefined, change: Change, isUnconfirmed: boolean): Outcome;
  /** The changes that a trigger dropped or replaced, by their place in the chunk: then everything was rolled back. */
  dropped(results: Results): ReadonlyMap<number, Row>;
  /** The outcome of a change that a trigger dropped or replaced; by default `keptBy`. */
  kept?(row: Row, change: Change): Outcome;
  /** How long its first statement waits for the locks of other sessions that do the same, and what a refusal after that says. */
  readonly turn?: { readonly timeoutMs: number; readonly refusal: string };
  /** Why no row can be changed, if that is the reason for the error; else null. */
  refusalOfAll?(context: ActContext, error: unknown): Promise<string | null>;
}

/** The number of the transaction, which the last read of each message returns; null if it did not arrive. */
function transactionOf(results: Results): string | null {
  const number = results.flat().findLast(({ transaction }) => transaction !== undefined)?.transaction;
  return typeof number === 'string' ? number : null;
}

/** Changes that one message makes. */
export interface Chunk {
  readonly writer: ChunkWriter;
  readonly changes: readonly Change[];
  readonly keys: readonly string[];
  readonly intent: Intent;
  /** How many more timeouts it may have. */
  readonly timeouts: { left: number };
  /** Stops before the next message: what is left of it is `not sent`. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends a chunk. If one of its rows prevents it, the chunk is divided; if the server does, all of it is `not sent`. */
export async function sendChunk(context: ActContext, chunk: Chunk, retries = 1): Promise<readonly Outcome[]> {
  const { target, connection } = context;
  const { changes, writer } = chunk;
  if (changes.length === 0) return [];
  // Looked at here too: a chunk that is divided may wait for many timeouts.
  if (chunk.signal?.aborted === true) return changes.map(() => ({ kind: 'not sent', reason: 'stopped' }));
  const messageKey = randomUUID();
  const validUntil = validUntilOf(context);
  const before = settings(
    context,
    target.audit === null ? (chunk.keys[0]?.split('/')[0] ?? '') : messageKey,
    writer.turn?.timeoutMs ?? lockTimeoutMs,
  );
  const answer = await connection.write([...before, ...writer.statements(context, chunk, validUntil)]);
  const results = answer.results.slice(before.length);
  const rows = writer.rows(results);
  switch (answer.kind) {
    case 'done':
      return changes.map((change, index) => writer.outcome(rows[index], change, answer.isUnconfirmed));
    case 'not sent':
      return notSent(changes, answer.error);
    case 'lost':
      return lost(context, chunk, answer, { messageKey, validUntil, rows, transaction: transactionOf(results) });
    case 'failed': {
      const dropped = writer.dropped(results);
      if (dropped.size > 0) return withoutDropped(context, chunk, dropped);
      const state = sqlStateOf(answer.error);
      if (retries > 0 && state === sqlState.serializationFailure) return sendChunk(context, chunk, retries - 1);
      // Each row would fail with the same error, and fill the log of a server whose disk may be full.
      if (isOfServer(state)) return notSent(changes, answer.error);
      const all = await refusalOfAll(context, answer.error, writer);
      if (all !== null) return refuseAll(context, chunk, all);
      const isFirstStatement = answer.completed === before.length;
      if (state === sqlState.lockNotAvailable && isFirstStatement && writer.turn !== undefined)
        return refuseAll(context, chunk, { kind: 'refused', reason: writer.turn.refusal });
      const isTimeout = state === sqlState.lockNotAvailable || state === sqlState.queryCanceled;
      const isGivenUp = isTimeout && chunk.timeouts.left-- <= 0;
      if (isGivenUp && state === sqlState.lockNotAvailable)
        return refuseAll(context, chunk, { kind: 'locked', pid: null, application: null });
      if (changes.length > 1 && !isGivenUp) return divided(context, chunk);
      // A row that is locked is skipped, so the row itself was not the reason.
      const outcome = await refusalOf(answer.error, {
        target,
        inspect: () => context.inspect(),
        blocker: async () => null,
        tableLock: async () => null,
        isRowLocked: true,
      });
      return refuseAll(context, chunk, outcome);
    }
  }
}

const notSent = (changes: readonly Change[], error: unknown): readonly Outcome[] =>
  changes.map(() => ({ kind: 'not sent', reason: messageOf(error) }));

/** Whether an error is about the server, not about a row: its disk or memory is full (class 53), or its system fails (class 58). */
const isOfServer = (state: string): boolean => /^5[38]/.test(state);

async function divided(context: ActContext, chunk: Chunk): Promise<readonly Outcome[]> {
  const middle = Math.ceil(chunk.changes.length / 2);
  return [
    ...(await sendChunk(
      context,
      partOf(chunk, (index) => index < middle),
    )),
    ...(await sendChunk(
      context,
      partOf(chunk, (index) => index >= middle),
    )),
  ];
}

function partOf(chunk: Chunk, isWanted: (index: number) => boolean): Chunk {
  return {
    ...chunk,
    changes: chunk.changes.filter((_, index) => isWanted(index)),
    keys: chunk.keys.filter((_, index) => isWanted(index)),
  };
}

/** Sends a chunk again without the rows whose change a trigger dropped or replaced. */
async function withoutDropped(
  context: ActContext,
  chunk: Chunk,
  dropped: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
): Promise<readonly Outcome[]> {
  const others = [
    ...(await sendChunk(
      context,
      partOf(chunk, (index) => !dropped.has(index)),
    )),
  ];
  const outcomes: Outcome[] = [];
  for (const [index, change] of chunk.changes.entries()) {
    const row = dropped.get(index);
    if (row === undefined) {
      const outcome = others.shift();
      if (outcome !== undefined) outcomes.push(outcome);
    } else {
      const part = partOf(chunk, (other) => other === index);
      const outcome = chunk.writer.kept?.(row, change) ?? keptBy(row, change.transition);
      outcomes.push(...(await refuseAll(context, part, outcome)));
    }
  }
  return outcomes;
}

/** Records in the audit table that nothing was changed. */
async function refuseAll(context: ActContext, chunk: Chunk, outcome: Outcome): Promise<readonly Outcome[]> {
  if (context.target.audit !== null)
    for (const [index, change] of chunk.changes.entries())
      await resultWithin(
        note(context, intentFor(context, change.transition, chunk.intent, chunk.keys[index] ?? ''), outcome.kind),
        helpMs,
      );
  return chunk.changes.map(() => outcome);
}

/** The outcome of every row, if the error is not about one of them; else null. */
async function refusalOfAll(context: ActContext, error: unknown, writer: ChunkWriter): Promise<Outcome | null> {
  if (isOfAnotherTable(error)) return { kind: 'refused', reason: anotherTable };
  const state = sqlStateOf(error);
  if (state === sqlState.readOnlyTransaction) {
    const now = await resultWithin(context.inspect(), helpMs);
    return { kind: 'refused', reason: now?.readOnly ?? 'the server is read-only' };
  }
  if (state === sqlState.lockNotAvailable) {
    // Each row would wait for the same lock.
    const reason = await resultWithin(tableLockText(context), helpMs);
    return reason === null ? null : { kind: 'refused', reason };
  }
  if (state === sqlState.undefinedTable && context.target.audit !== null) {
    const gone = whyAuditGone(context.target, await resultWithin(context.inspect(), helpMs));
    return gone === null ? null : { kind: 'refused', reason: gone };
  }
  if (state !== sqlState.insufficientPrivilege || routineOf(error) === 'ExecWithCheckOptions') return null;
  const now = await resultWithin(context.inspect(), helpMs);
  const reason =
    now?.mayUpdate === false
      ? 'no UPDATE privilege'
      : await resultWithin(writer.refusalOfAll?.(context, error) ?? Promise.resolve(null), helpMs);
  return reason === null ? null : { kind: 'refused', reason };
}

function lost(
  context: ActContext,
  chunk: Chunk,
  { error }: Extract<Answer, { kind: 'lost' }>,
  known: {
    readonly messageKey: string;
    readonly validUntil: number | null;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly transaction: string | null;
  },
): readonly Outcome[] {
  const { messageKey, validUntil, rows, transaction } = known;
  const reason = messageOf(error);
  return chunk.changes.map((change, index) => {
    const row = rows[index];
    context.onUnknown({
      entry: intentFor(context, change.transition, chunk.intent, chunk.keys[index] ?? ''),
      transition: change.transition,
      seenVersion: change.seenVersion,
      ...(context.target.audit === null ? {} : { messageKey }),
      // Without the rows it is not known which of them the transaction changed.
      transaction: row === undefined ? null : transaction,
      isPossible: row === undefined || row.outcome === 'applied',
      validUntil,
      lostMs: performance.now(),
    });
    return { kind: 'unknown', reason };
  });
}
