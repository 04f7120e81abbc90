import { setTimeout as wait } from 'node:timers/promises';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import type { Operation } from '../domain/operation.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { count } from '../presentation/figures.ts';
import { mostMembers } from './marks.ts';

/** How many operations are read at once. */
const pageRows = 1000;

/** The operations that pass a filter, page by page; at most `mostMembers`: if there are more, `isWhole` is false. */
export async function readMembers(
  table: Pick<ControlTable, 'page'>,
  filter: ResolvedFilter,
  onRead: (read: number) => void,
  signal: AbortSignal,
): Promise<{ readonly operations: readonly Operation[]; readonly isWhole: boolean }> {
  const operations: Operation[] = [];
  let from: number | null = null;
  while (!signal.aborted) {
    const startedMs = performance.now();
    const page = await table.page({ direction: 'older', from, filter, limit: pageRows });
    operations.push(...page);
    onRead(operations.length);
    const last = page.at(-1);
    if (operations.length > mostMembers) return { operations: operations.slice(0, mostMembers), isWhole: false };
    if (page.length < pageRows || last === undefined) return { operations, isWhole: true };
    from = last.id - 1;
    // A rest after many pages, so that the workers keep their throughput.
    if (operations.length >= 5 * pageRows)
      await wait(Math.min(1000, 2 * (performance.now() - startedMs)), undefined, { signal }).catch(() => {});
  }
  return { operations, isWhole: false };
}

/** Says that an action would reach more operations than one may. */
export function tooMany(what: string): string {
  return `more than ${count(mostMembers)} operations: ${what}. Nothing was changed; mark fewer with a filter`;
}
