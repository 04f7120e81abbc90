import type { ActContext } from './act.ts';
import type { Chunk, ChunkWriter } from './act-chunk.ts';
import { auditValues, chunkValues, withCheck } from './chunk-statements.ts';
import type { Statement } from './literals.ts';
import { decodeOutcome } from './outcome.ts';
import { query } from './query.ts';

/** Changes rows, reads them after the triggers, and rolls everything back if a trigger altered a change. */
export const transitionsWriter: ChunkWriter = {
  statements,
  rows: ([rows = []]) => rows,
  outcome: (row, { transition }, isUnconfirmed) =>
    row?.outcome === 'locked'
      ? { kind: 'locked', pid: null, application: null }
      : decodeOutcome(row, transition, isUnconfirmed),
  dropped: (results) =>
    new Map((results[4] ?? []).flatMap((row) => (row.number === null ? [] : [[Number(row.number) - 1, row] as const]))),
};

function statements(context: ActContext, chunk: Chunk, validUntil: number | null): readonly Statement[] {
  const { target } = context;
  const values = chunkValues(context, chunk, validUntil);
  const change =
    target.audit === null
      ? query('transitions', target, values)
      : query('transitions-audited', target, { ...values, ...auditValues(context, chunk) });
  return withCheck(context, change, { ...values, wanted: [] });
}
