import { errorOrNone } from '../domain/failure-kind.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { notFound } from '../presentation/result-text.ts';
import type { ActingState } from './acting-state.ts';
import type { BulkRunnerOptions } from './bulk-runner.ts';
import { unresolvedRest } from './canary.ts';
import { retryCompleted } from './retry-offer.ts';

/**
 * Ends the watch of a retry that the last poll shows as ended, skipped or deleted, and says so.
 *
 * @param asked the operations that the poll was asked for, live or not
 */
export function followCanary(
  { store, toast, set }: Pick<BulkRunnerOptions, 'store' | 'toast'> & { set(changes: Partial<ActingState>): void },
  asked: readonly number[],
): void {
  const { acting, latest, trackedActions, target } = store.state();
  const { canary } = acting;
  if (canary === null || canary.isCompleted || latest === null) return;
  const { operations, failures, unreadable } = latest.snapshot;
  const seen = [...operations, ...failures].find((one) => one.id === canary.id && one.identity === canary.identity);
  if (seen?.status === 'completed') {
    set({ canary: { ...canary, isCompleted: true } });
    const left = unresolvedRest(store.state(), canary).length;
    const { text, brief } = retryCompleted(store.state(), seen);
    if (left === 0) set({ canary: null });
    toast('good', text, { brief });
  } else if (seen?.status === 'skipped') {
    set({ canary: null });
    // The undo of the retry has its own message.
    const last = trackedActions.findLast((one) => isOf(one, seen));
    if (last?.action !== 'undo') toast('bad', `retry skipped: ${operationLabel(seen)}`);
  } else if (seen?.status === 'failed') {
    set({ canary: null });
    const text = `retry failed: operation ${canary.id}: ${errorOrNone(seen.errorMessage)}`;
    // The beginning of an error says more than its end.
    toast('bad', text, { brief: text });
  } else if (seen === undefined && asked.includes(canary.id)) {
    // A row that cannot be read, or that a lost part of the answer had, may still be there.
    if (unreadable.some((one) => one.kind === 'rows' || one.id === canary.id)) return;
    set({ canary: null });
    toast('bad', `retry ${canary.id} is ${notFound(target.rowSecurity)}`);
  }
}
