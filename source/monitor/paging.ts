import { messageOf } from '../database/database-error.ts';
import { type ResolvedFilter, unfiltered } from '../domain/filter/resolve.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { bodyRows } from '../presentation/layout.ts';
import { operationKeys } from '../presentation/rows.ts';
import { isStartOrder } from '../presentation/sorts.ts';
import { resolvedFilter } from './filter-facts.ts';
import type { MonitorState, Page, SortedPart } from './state.ts';
import type { Store } from './store.ts';

/** Which part of the table the Operations view should hold. */
export type PageWish =
  | { readonly kind: 'newest' }
  | { readonly kind: 'oldest' }
  /** To read the present rows again. */
  | { readonly kind: 'same' }
  /** Rows around an operation: one near an end of the page, or one to which the operator asked to go. */
  | { readonly kind: 'around'; readonly id: number; readonly isWanted?: boolean };

/** Reads the part of the table that is wished for: three windows' worth, found by key. */
export async function readPage(table: ControlTable, state: MonitorState, wish: PageWish): Promise<Page> {
  const filter = resolvedFilter(state) ?? unfiltered;
  const sorted = sortedFrom(state);
  if (sorted !== null) return readSorted(table, state.filter, filter, sorted);
  const rows = Math.max(1, bodyRows(state.window));
  const limit = rows * 3;
  const isCurrent = state.page?.filter === state.filter && state.page.sorted === undefined;
  const current = isCurrent ? state.page : null;
  let from: number | null = null;
  if (wish.kind === 'oldest') {
    const operations = await table.page({ direction: 'newer', from: null, filter, limit: limit + 1 });
    const atNewest = operations.length <= limit;
    return { operations: atNewest ? operations : operations.slice(1), atNewest, atOldest: true, filter: state.filter };
  }
  if (wish.kind === 'same' && current !== null && !current.atNewest) from = current.operations[0]?.id ?? null;
  if (wish.kind === 'around') {
    const above = await table.page({ direction: 'newer', from: wish.id, filter, limit: rows + 1 });
    // One more than needed tells whether there is anything above.
    if (above.length > rows) from = above[1]?.id ?? null;
  }
  const operations = await table.page({ direction: 'older', from, filter, limit: limit + 1 });
  if (wish.kind === 'same' && from === null && current !== null) {
    // New rows have moved the cursor's row out of the newest page: the page that has this row is read.
    const last = operations[limit - 1];
    const keys = operationKeys(current.operations, state.target.isFollowable);
    const held = current.operations[keys.indexOf(state.cursors.operations.key ?? '')];
    if (held !== undefined && last !== undefined && held.id < last.id)
      return readPage(table, state, { kind: 'around', id: held.id });
  }
  return {
    operations: operations.slice(0, limit),
    atNewest: from === null,
    atOldest: operations.length <= limit,
    filter: state.filter,
  };
}

/** How many operations are sorted at most. */
const mostSorted = 500;

/** From which end the operations are read that are sorted; null where they are in the order of the pages. */
function sortedFrom({ sorts }: MonitorState): SortedPart['from'] | null {
  const order = sorts.operations;
  if (order === undefined) return null;
  if (isStartOrder('operations', order)) return order.reverse ? 'oldest' : null;
  return 'newest';
}

async function readSorted(
  table: ControlTable,
  text: string,
  filter: ResolvedFilter,
  from: SortedPart['from'],
): Promise<Page> {
  const direction = from === 'newest' ? 'older' : 'newer';
  const read = await table.page({ direction, from: null, filter, limit: mostSorted + 1 });
  const isWhole = read.length <= mostSorted;
  const operations = isWhole || from === 'newest' ? read.slice(0, mostSorted) : read.slice(1);
  return { operations, atNewest: true, atOldest: true, filter: text, sorted: { from, isWhole } };
}

/** Returns which page to read for a cursor near an end of the present page; null if there are enough rows on both sides. */
export function wishNear(state: MonitorState, index: number): PageWish | null {
  const { page } = state;
  if (page === null) return { kind: 'newest' };
  const margin = Math.ceil(bodyRows(state.window) / 2);
  const operation = page.operations[index];
  if (operation === undefined) return null;
  const short = (index < margin && !page.atNewest) || (index >= page.operations.length - margin && !page.atOldest);
  return short ? { kind: 'around', id: operation.id } : null;
}

/** Where the cursor goes in the page. */
function placeOf(wish: PageWish): 'first' | 'last' | number | null {
  switch (wish.kind) {
    case 'newest':
      return 'first';
    case 'oldest':
      return 'last';
    case 'around':
      return wish.isWanted === true ? wish.id : null;
    case 'same':
      return null;
  }
}

/**
 * Reads pages into the store, one at a time: what is wished for while one is being read is read after it, and of
 * several wishes only the last counts.
 */
export function createPager(options: {
  readonly table: ControlTable;
  readonly store: Store;
  readonly onProblem: (problem: string) => void;
}): (wish: PageWish) => Promise<void> {
  const { table, store } = options;
  let reading = false;
  let wished: PageWish | null = null;
  return async function read(wish: PageWish): Promise<void> {
    if (reading) {
      if (wish.kind !== 'same') wished = wish;
      return;
    }
    reading = true;
    try {
      const page = await readPage(table, store.state(), wish);
      const place = placeOf(wish);
      store.emit({ kind: 'paged', page, place });
    } catch (error) {
      options.onProblem(`The operations could not be read: ${messageOf(error)}`);
    }
    reading = false;
    const next = wished;
    wished = null;
    if (next !== null) await read(next);
  };
}
