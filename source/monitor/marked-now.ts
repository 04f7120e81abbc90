import { ofOperations } from '../domain/filter/resolve.ts';
import { type Operation, operationKey } from '../domain/operation.ts';
import { fallenTables } from '../domain/removed-rows.ts';
import { isInScope } from '../domain/since.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { deletedMarksText } from '../presentation/plan-text.ts';
import { readMembers } from './bulk-members.ts';
import { memberOf, withoutDeleted } from './marks.ts';
import { createRest } from './poll-interval.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';

/** Marked operations as they are now, and those whose rows were deleted since. */
export interface MarkedNow {
  readonly members: readonly Operation[];
  readonly gone: readonly Operation[];
}

type Reads = Pick<ControlTable, 'page' | 'passing' | 'target'>;

/** How many ids one query asks for. */
const idsPerQuery = 5000;

/** Reads marked operations again, page by page; null if that was stopped. A row that cannot be read stays as it was seen last. */
export async function readMarked(
  table: Reads,
  marked: readonly Operation[],
  onRead: (read: number) => void,
  signal: AbortSignal,
): Promise<MarkedNow | null> {
  const filter = ofOperations(marked.map(({ id }) => id));
  const { operations } = await readMembers(table, filter, onRead, signal);
  if (signal.aborted) return null;
  const now = new Map(operations.map((operation) => [operationKey(operation), memberOf(operation)]));
  const ids = new Set(operations.map(({ id }) => id));
  const missing = marked.filter((operation) => !now.has(operationKey(operation)));
  const replaced = missing.filter(({ id }) => ids.has(id));
  const unread = missing.filter(({ id }) => !ids.has(id));
  // A row with the id of a deleted one is another operation.
  const gone = new Set([...replaced, ...(await goneInScope(table, unread))]);
  return {
    members: marked.flatMap((operation) =>
      gone.has(operation) ? [] : (now.get(operationKey(operation)) ?? operation),
    ),
    gone: [...gone],
  };
}

/** Those of the operations whose ids no row has any more. The rows that `--since` leaves out are not read, so they are not judged. */
function goneInScope(table: Pick<Reads, 'target' | 'passing'>, operations: readonly Operation[]): Promise<Operation[]> {
  const { scope } = table.target;
  return goneOf(
    table,
    scope === undefined ? operations : operations.filter((operation) => isInScope(scope, operation)),
  );
}

/** Those whose ids no row has any more, of operations that the present `--since` does not leave out. */
export async function goneOf<Row extends Pick<Operation, 'id'>>(
  { passing }: Pick<Reads, 'passing'>,
  read: readonly Row[],
): Promise<Row[]> {
  const gone: Row[] = [];
  for (let from = 0; from < read.length; from += idsPerQuery) {
    const asked = read.slice(from, from + idsPerQuery);
    const found = await passing(
      { terms: [] },
      asked.map(({ id }) => id),
    );
    const ids = new Set(found);
    gone.push(...asked.filter(({ id }) => !ids.has(id)));
  }
  return gone;
}

/** Returns what says of the newest poll, each time, whether it has found fewer rows of a table than the one before. */
export function createFewerCheck(): (latest: MonitorState['latest']) => boolean {
  let before: MonitorState['latest'] = null;
  return (latest) => {
    const isFewer = before !== null && latest !== null && fallenTables(before, latest).length > 0;
    before = latest;
    return isFewer;
  };
}

/** Returns what removes, after a poll that finds fewer rows than the one before, the marks of the operations that were deleted. */
export function createMarkCheck({
  table,
  store,
  now,
}: {
  readonly table: Reads;
  readonly store: Store;
  readonly now: () => number;
}): () => Promise<void> {
  const rest = createRest(now);
  const hasFewer = createFewerCheck();
  let isDue = false;
  return async () => {
    const { latest, acting } = store.state();
    const isFewer = hasFewer(latest);
    isDue = (isDue || isFewer) && acting.marks.size > 0;
    if (!isDue) return;
    await rest(async () => {
      const gone = await goneInScope(table, [...acting.marks.values()]);
      isDue = false;
      const { marks } = store.state().acting;
      const change = withoutDeleted(marks, gone);
      if (change.marks === undefined) return;
      store.emit({ kind: 'acting', change });
      // No list says so afterwards.
      const toast = {
        tone: 'bad',
        text: deletedMarksText(marks.size - change.marks.size, marks.size),
        atMs: now(),
      } as const;
      store.emit({ kind: 'toasted', toast: { ...toast, own: true, isUrgent: true } });
    });
  };
}
