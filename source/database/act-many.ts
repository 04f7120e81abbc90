import { setTimeout as wait } from 'node:timers/promises';
import type { AuditBulk, Intent } from '../domain/audit.ts';
import type { Change, RowOutcome } from '../domain/bulk-actions.ts';
import { type ActContext, auditWord } from './act.ts';
import { type ChunkWriter, mostTimeouts, sendChunk } from './act-chunk.ts';
import { createActionRest, rateRestMs } from './action-rest.ts';
import { bulkKeys } from './bulk-keys.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, messageOf } from './database-error.ts';
import { transitionsWriter } from './transitions-writer.ts';

/** How many rows one message changes. It locks them for some milliseconds. */
const chunkRows = 200;

/** How often a chunk of which nothing was sent is tried again, and how long to wait before it, in milliseconds. */
const mostRepeats = 3;
const repeatMs = 1000;

export interface ManyOptions {
  /** Called after each message, with the outcomes of its rows. */
  readonly onOutcomes?: (outcomes: readonly RowOutcome[]) => void;
  /** Stops the action on many between two messages, also between those of a chunk that is divided. The remaining rows are `not sent`. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum number of rows in a second; null for no limit but the rests (action-rest.ts). */
  readonly rowsPerSecond?: number | null;
}

/**
 * Makes many transitions: compare-and-sets in chunks, one statement for each chunk. A row that another session has locked is
 * not waited for. A row that a trigger or a constraint refuses does not prevent the others of its chunk. The audit is written
 * as by `act`. Resolves to one outcome for each change, in their order; the rest is `not sent` after a stop or a lost connection.
 *
 * @throws {DatabaseError} if the local audit cannot be written before the first chunk; nothing was changed then
 */
export async function actMany(
  context: ActContext,
  changes: readonly Change[],
  intent: Intent,
  options: ManyOptions = {},
): Promise<readonly RowOutcome[]> {
  return inChunks(context, changes, { ...options, chunkRows }, (chunk) =>
    actOnChunk(context, chunk, intent, transitionsWriter, options.signal),
  );
}

/**
 * Makes changes chunk after chunk, with pauses between them.
 *
 * @param options.chunkRows maximum number of rows of a chunk
 * @param send makes the changes of one chunk
 */
export async function inChunks(
  { connection }: { readonly connection: Pick<Connection, 'read'> },
  changes: readonly Change[],
  options: ManyOptions & { readonly chunkRows: number },
  send: (chunk: readonly Change[]) => Promise<readonly RowOutcome[]>,
): Promise<readonly RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  const report = (of: readonly RowOutcome[]): void => {
    outcomes.push(...of);
    options.onOutcomes?.(of);
  };
  const { rowsPerSecond = null, signal, chunkRows } = options;
  const rest = createActionRest(connection);
  const size = rowsPerSecond === null ? chunkRows : Math.max(1, Math.min(chunkRows, Math.floor(rowsPerSecond)));
  for (let first = 0; first < changes.length; first += size) {
    const chunk = changes.slice(first, first + size);
    const stop = (reason: string): void =>
      report(changes.slice(first).map((change) => ({ change, outcome: { kind: 'not sent', reason } })));
    if (signal?.aborted === true) {
      stop('stopped');
      break;
    }
    const startedMs = performance.now();
    let done: readonly RowOutcome[];
    try {
      done = await send(chunk).catch((error: unknown) => {
        const isLost = error instanceof DatabaseError && error.kind === 'unreachable';
        if (first === 0 || isLost) throw error;
        return again(() => send(chunk), error, signal);
      });
    } catch (error) {
      if (first === 0) throw error;
      stop(messageOf(error));
      break;
    }
    report(done);
    if (done.some(({ outcome }) => outcome.kind === 'unknown' || outcome.kind === 'not sent')) {
      const lost = done.find(({ outcome }) => outcome.kind === 'unknown' || outcome.kind === 'not sent')?.outcome;
      first += size;
      stop(lost !== undefined && 'reason' in lost ? lost.reason : 'not connected');
      break;
    }
    const tookMs = performance.now() - startedMs;
    if (first + size >= changes.length) break;
    const restMs =
      rowsPerSecond === null
        ? await rest.restMs(tookMs, outcomes.length)
        : rateRestMs(chunk.length, rowsPerSecond, tookMs);
    await wait(restMs, undefined, signal && { signal }).catch(() => {});
  }
  return outcomes;
}

/**
 * Sends a chunk again of which nothing was sent: the disk of the local audit did not answer in time, or the attempts of the operations
 * could not be read. The error is that of the first time.
 */
async function again<T>(send: () => Promise<T>, error: unknown, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; attempt <= mostRepeats; attempt++) {
    await wait(repeatMs, undefined, signal && { signal }).catch(() => {});
    if (signal?.aborted === true) break;
    try {
      return await send();
    } catch {}
  }
  throw error;
}

/** Makes the changes of one chunk and writes the local audit, if that is the one to write. */
export async function actOnChunk(
  context: ActContext,
  changes: readonly Change[],
  intent: Intent,
  writer: ChunkWriter,
  signal?: AbortSignal,
): Promise<readonly RowOutcome[]> {
  const { target, operator, log } = context;
  const nextKey = intent.nextKey ?? bulkKeys();
  // Without an audit table, a row's key is that of its chunk in the local audit.
  const key = target.audit === null ? nextKey() : '';
  const keys = changes.map((_, index) => (target.audit === null ? `${key}/${index}` : nextKey()));
  if (target.audit === null) {
    const bulk: AuditBulk = {
      key,
      databaseRole: target.user,
      ...operator,
      action: intent.action,
      reason: intent.reason,
      rows: changes.map(({ transition, seenVersion }) => ({
        operationId: transition.id,
        fromStatus: transition.from,
        toStatus: transition.to,
        seenVersion,
      })),
    };
    await log.beginMany(bulk);
  }
  const outcomes = await sendChunk(context, {
    writer,
    changes,
    keys,
    intent,
    timeouts: { left: mostTimeouts },
    signal,
  });
  if (target.audit === null) {
    const words = outcomes.map((outcome) => (outcome.kind === 'unknown' ? null : auditWord(outcome.kind, target)));
    const applied = outcomes.find((outcome) => outcome.kind === 'applied');
    // The changes are committed: a failure to write their outcomes must not hide them.
    await log.endMany(key, words, applied?.at ?? context.clock()).catch(() => {});
  }
  return changes.flatMap((change, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ change, outcome }];
  });
}
