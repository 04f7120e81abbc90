import { isCounting } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { proposedSince } from '../presentation/proposed-since.ts';
import { keyOf } from './commands.ts';
import type { Store } from './store.ts';

/** How often to check whether a new run has begun. */
const againMs = 300_000;
/** How long another toast stays before this one may replace it. */
const otherToastMs = 5000;

/**
 * Proposes once to show only the newest run, if the table clearly contains several. Call the function that it returns after
 * each poll.
 */
export function createProposal({
  table,
  store,
  now,
}: {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
}): () => Promise<void> {
  let isDone = false;
  let dueMs = Number.NEGATIVE_INFINITY;
  let found: string | null = null;

  async function search(): Promise<void> {
    const { latest, target } = store.state();
    // Incomplete totals do not show whether there are several runs.
    if (now() < dueMs || latest === null || isCounting(latest.snapshot) || target.scope !== undefined) return;
    dueMs = now() + againMs;
    found = proposedSince(latest, await table.runStarts(), target.zone);
  }

  return async () => {
    if (isDone) return;
    if (found === null) await search();
    const state = store.state();
    const { toast, target } = state;
    if (isDone || found === null) return;
    isDone = target.scope !== undefined;
    // The result of a key is never replaced.
    const isOccupied = toast !== null && (toast.tone !== 'info' || now() - toast.atMs < otherToastMs);
    if (isDone || isOccupied) return;
    isDone = true;
    const text = `this table holds an earlier run: ${keyOf(state, 'since')} shows only operations begun since ${found}`;
    store.emit({ kind: 'proposed', since: found, toast: { tone: 'info', text, atMs: now() } });
  };
}
