import { setTimeout as wait } from 'node:timers/promises';
import type { RowOutcome } from '../domain/bulk-actions.ts';
import { outcomeLookedUp } from '../domain/looked-up.ts';
import type { Outcome } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';

/**
 * How long outcomes are looked up, in milliseconds: a message that is still on its way to the server changes nothing after 10 s, and
 * one that arrived ends within 7 s.
 */
const longestMs = 20_000;
const everyMs = 500;

/**
 * The results of an action on many, with those that are not known because the connection was lost looked up on a new one, as the
 * monitor does. Resolves to the results as they are if the server cannot be reached in time, or after a stop by `signal`.
 *
 * @param tell is called once with a line for the operator, if there is something to look up
 */
export async function withUnknownLookedUp(
  table: Pick<ControlTable, 'settle'>,
  results: readonly RowOutcome[],
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<readonly RowOutcome[]> {
  const unknown = new Set(results.flatMap(({ change, outcome }) => (outcome.kind === 'unknown' ? [change] : [])));
  if (unknown.size === 0) return results;
  tell(
    `the connection was lost: looking up whether ${unknown.size === 1 ? '1 operation was' : `${count(unknown.size)} operations were`} changed`,
  );
  const found = new Map<unknown, Outcome>();
  const untilMs = performance.now() + longestMs;
  const isLeft = (): boolean => [...unknown].some(({ transition }) => !found.has(transition));
  while (isLeft() && !signal.aborted && performance.now() < untilMs) {
    // The actions are the same objects: another one on the same row, of an earlier process, is not taken for it.
    for (const one of await table.settle().catch(() => [])) found.set(one.action.transition, outcomeLookedUp(one));
    if (isLeft()) await wait(everyMs, undefined, { signal }).catch(() => {});
  }
  return results.map((row) =>
    unknown.has(row.change) ? { ...row, outcome: found.get(row.change.transition) ?? row.outcome } : row,
  );
}
