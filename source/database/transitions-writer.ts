import type { ActContext } from './act.ts';
import { whatIsLeft } from './act.ts';
import type { Chunk, ChunkWriter } from './act-chunk.ts';
import type { Statement } from './literals.ts';
import { outcomeOf } from './outcome.ts';
import { query } from './query.ts';
import { sqlFor } from './sql.ts';

/** Changes rows, reads them after the triggers, and rolls everything back if a trigger altered a change. */
export const transitionsWriter: ChunkWriter = {
  statements,
  rows: ([rows = []]) => rows,
  outcome: (row, { transition }, isUnconfirmed) =>
    row?.outcome === 'locked'
      ? { kind: 'locked', pid: null, application: null }
      : outcomeOf(row, transition, isUnconfirmed),
  dropped: (results) =>
    new Map((results[4] ?? []).flatMap((row) => (row.number === null ? [] : [[Number(row.number) - 1, row] as const]))),
};

function statements(
  { target, operator }: ActContext,
  { changes, keys, intent }: Chunk,
  validUntil: number | null,
): readonly Statement[] {
  const moves = changes.map(({ transition }) => transition);
  const values = {
    ids: moves.map(({ id }) => id),
    froms: moves.map(({ from }) => from),
    tos: moves.map(({ to }) => to),
    versions: moves.map(({ version }) => version),
    completedAts: moves.map(({ completedAt }) => completedAt),
    identities: moves.map(({ identity }) => identity),
    validUntil,
    tableOid: target.identity.tableOid,
    // Without an audit table no key is written.
    keys: target.audit === null ? [] : keys,
  };
  const change =
    target.audit === null
      ? query('transitions', target, values)
      : query('transitions-audited', target, { ...values, ...operator, ...intent, table: target.table });
  return [
    change,
    whatIsLeft,
    { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
    whatIsLeft,
    query('after-transitions', target, { ...values, wanted: [] }),
    { text: sqlFor('confirm', target.table, target) },
  ];
}
