import { type ActContext, checkedChange } from './act.ts';
import type { Chunk } from './act-chunk.ts';
import type { Statement } from './literals.ts';
import { query } from './query.ts';

/** The values of a statement that changes the rows of a chunk. */
export function chunkValues({ target }: ActContext, { changes, keys }: Chunk, validUntil: number | null) {
  const transitions = changes.map(({ transition }) => transition);
  return {
    ids: transitions.map(({ id }) => id),
    froms: transitions.map(({ from }) => from),
    tos: transitions.map(({ to }) => to),
    versions: transitions.map(({ version }) => version),
    completedAts: transitions.map(({ completedAt }) => completedAt),
    identities: transitions.map(({ identity }) => identity),
    validUntil,
    tableOid: target.identity.tableOid,
    // Without an audit table no key is written.
    keys: target.audit === null ? [] : keys,
  };
}

/** The values of the same statement, if it also writes the audit table. */
export function auditValues({ target, operator }: ActContext, { intent }: Chunk) {
  return { ...operator, ...intent, table: target.table };
}

/** A change of the rows of a chunk, with its check. */
export function withCheck({ target }: ActContext, change: Statement, checked: ChunkCheck): readonly Statement[] {
  return checkedChange(target, change, query('after-transitions', target, checked));
}

type ChunkCheck = Pick<ReturnType<typeof chunkValues>, 'ids' | 'tos' | 'identities'> & {
  /** Further conditions for each row, as JSON; empty if there are none. */
  readonly wanted: readonly string[];
};
