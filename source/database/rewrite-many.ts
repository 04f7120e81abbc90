import type { Intent } from '../domain/audit.ts';
import type { Change, Rewrite, RowOutcome } from '../domain/bulk-actions.ts';
import type { Outcome } from '../domain/transitions.ts';
import type { ActContext } from './act.ts';
import type { Chunk, ChunkWriter } from './act-chunk.ts';
import { actOnChunk, inChunks, type ManyOptions } from './act-many.ts';
import { auditValues, chunkValues, withCheck } from './chunk-statements.ts';
import type { Statement } from './literals.ts';
import { decodeOutcome, keptBy } from './outcome.ts';
import { query } from './query.ts';
import { transitionsWriter } from './transitions-writer.ts';

/** How many rows one message changes, as for other actions on many. */
const chunkRows = 200;

/**
 * Makes changes of other columns than the status (`Change.rewrite`), all of one kind, in chunks (`inChunks`). Resolves as
 * `actMany` does; the outcome of a take over has the values that an undo puts back (`before`).
 *
 * @throws {DatabaseError} if the local audit cannot be written before the first chunk; nothing was changed then
 */
export async function rewriteMany(
  context: ActContext,
  changes: readonly Change[],
  intent: Intent,
  options: ManyOptions = {},
): Promise<readonly RowOutcome[]> {
  const isRequeue = changes[0]?.rewrite?.kind === 'requeue';
  const writer = isRequeue ? requeueWriter : batchSizeWriter;
  return inChunks(context, changes, { ...options, chunkRows }, (chunk) =>
    actOnChunk(context, chunk, intent, writer, options.signal),
  );
}

const requeueWriter: ChunkWriter = {
  ...transitionsWriter,
  statements: (context, chunk, validUntil) => statements(context, chunk, validUntil, 'requeue'),
  outcome(row, change, isUnconfirmed) {
    const outcome = transitionsWriter.outcome(row, change, isUnconfirmed);
    return outcome.kind === 'applied' && typeof row?.before === 'string' ? { ...outcome, before: row.before } : outcome;
  },
  kept: (row, { transition }) =>
    row.has_status === true
      ? { kind: 'refused', reason: 'a trigger on the table keeps its worker' }
      : keptBy(row, transition),
};

const batchSizeWriter: ChunkWriter = {
  ...transitionsWriter,
  statements: (context, chunk, validUntil) => statements(context, chunk, validUntil, 'batch-size'),
  outcome(row, change, isUnconfirmed): Outcome {
    if (row?.outcome === 'stale' && row.status === change.transition.from)
      return { kind: 'refused', reason: `another session changed its batch size to ${row.size ?? 'none'}` };
    if (row?.outcome === 'locked') return { kind: 'locked', pid: null, application: null };
    return decodeOutcome(row, change.transition, isUnconfirmed);
  },
  kept: (row, { transition }) =>
    row.has_status === true
      ? { kind: 'refused', reason: 'a trigger on the table keeps its batch size' }
      : keptBy(row, transition),
};

function statements(
  context: ActContext,
  chunk: Chunk,
  validUntil: number | null,
  name: 'requeue' | 'batch-size',
): readonly Statement[] {
  const { target } = context;
  const rewrites = chunk.changes.map(({ rewrite }) => rewrite);
  const values = {
    ...chunkValues(context, chunk, validUntil),
    befores: rewrites.map((rewrite) => (rewrite?.kind === 'requeue' ? rewrite.before : null)),
    sizes: rewrites.map((rewrite) =>
      rewrite?.kind === 'batch size' ? JSON.stringify({ from: rewrite.from, to: rewrite.to }) : null,
    ),
    wanted: rewrites.map((rewrite) => JSON.stringify(wantedBy(rewrite))),
  };
  const change =
    target.audit === null
      ? query(name, target, values)
      : query(`${name}-audited`, target, { ...values, ...auditValues(context, chunk) });
  return withCheck(context, change, values);
}

/** The columns that a trigger must not have changed back: if it restores the worker after a take over, the old worker continues. */
function wantedBy(rewrite: Rewrite | undefined): Readonly<Record<string, unknown>> {
  if (rewrite?.kind === 'batch size') return { batch_size: rewrite.to };
  const before: unknown = JSON.parse(rewrite?.kind === 'requeue' ? (rewrite.before ?? '{}') : '{}');
  return {
    worker_id: typeof before === 'object' && before !== null && 'worker_id' in before ? before.worker_id : null,
  };
}
