import type { ActContext } from '../database/act.ts';
import { readCandidates } from '../database/retry-attempts.ts';
import { createFailureLineages } from './failure-lineages.ts';

/** How many operations' attempts are read at once: all rows of their tables are read each time. */
const groupRows = 1000;

/**
 * Reads which operations have completed the work of these failed ones since, through the index on the table's name. They are those by
 * which the failures are resolved everywhere: the failure index judges the rows that were read as it judges those of polls.
 *
 * @returns by the id of the failed operation; of a stop by `signal`, perhaps only some of them
 * @throws {DatabaseError} if the attempts cannot be read
 */
export async function completedBy(
  context: Pick<ActContext, 'connection' | 'target'>,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const completing = new Map<number, number>();
  for (let first = 0; first < ids.length && signal?.aborted !== true; first += groupRows) {
    const group = ids.slice(first, first + groupRows);
    const { attempts } = await readCandidates(context, group);
    for (const [id, by] of resolvedIn(attempts, group)) completing.set(id, by);
  }
  return completing;
}

/** The completed attempts that resolve some failures, among the rows that may be attempts at their works. */
function resolvedIn(
  rows: Awaited<ReturnType<typeof readCandidates>>['attempts'],
  ids: readonly number[],
): ReadonlyMap<number, number> {
  const asked = new Set(ids);
  const lineages = createFailureLineages();
  for (const row of rows) if (row.status === 'failed') lineages.put(row);
  // A row that repeats another one may connect rows that came before it.
  while (lineages.hasGrown()) lineages.offerRows(rows);
  const found = new Map<number, number>();
  for (;;) {
    const wanted = lineages.wanted(groupRows);
    if (wanted.length === 0) break;
    lineages.take(wanted, rows);
    for (const { id, by } of lineages.resolve()) if (by !== null && asked.has(id)) found.set(id, by);
  }
  return found;
}
