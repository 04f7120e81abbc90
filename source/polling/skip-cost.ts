import type { Connection } from '../database/connection.ts';
import { query } from '../database/query.ts';
import { readCandidates } from '../database/retry-attempts.ts';
import { readTagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Operation } from '../domain/operation.ts';
import { planRetry } from '../domain/retry.ts';
import { visibleName } from '../domain/visible-name.ts';

/** The possible effects of a skip of one operation, as far as the database shows them. */
export interface SkipCost {
  /** How many other operations of the table are open; 1001 means more than 1000. */
  readonly openOperations: number;
  /** Tables with a foreign key to the operation's table, if that is in this database; at most 6. */
  readonly references: readonly string[];
  /** Another attempt of the same work: open, or completed later. */
  readonly attempt: { readonly kind: 'open' | 'done'; readonly by: number } | null;
}

/** @throws {DatabaseError} */
export async function readSkipCost(
  connection: Connection,
  target: Target,
  { id }: Pick<Operation, 'id'>,
): Promise<SkipCost> {
  const read = { ...query('skip-cost', target, { id }), seconds: 3 };
  const [[row] = []] = await readTagged(connection, target, [read]);
  const body = (row?.body ?? {}) as { open?: unknown; references?: unknown };
  const { attempts } = await readCandidates({ connection, target }, [id]);
  const plan = planRetry(attempts, id);
  return {
    openOperations: Number(body.open ?? 0),
    references: Array.isArray(body.references) ? body.references.map((name) => visibleName(String(name))) : [],
    attempt: plan.kind === 'open' || plan.kind === 'done' ? plan : null,
  };
}
