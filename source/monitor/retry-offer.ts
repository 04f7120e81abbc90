import type { Operation } from '../domain/operation.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { truncate } from '../presentation/text-width.ts';
import { restHere } from './bulk-subject.ts';
import { unresolvedRest } from './canary.ts';
import { keyOf } from './commands.ts';
import type { MonitorState } from './state.ts';

/** How many columns a message has for the name of a kind, and the same message in fewer words. */
const kindColumns = 60;
const briefKindColumns = 22;

/**
 * The message that the watched retry has completed, with the key that retries the rest of its kind: where the selected row is of
 * something else, on which kind, and in which view.
 */
export function retryCompleted(
  state: MonitorState,
  retry: Operation,
): { readonly text: string; readonly brief: string } {
  const { canary } = state.acting;
  const left = canary === null ? 0 : unresolvedRest(state, canary).length;
  const label = `retry completed: ${operationLabel(retry)}`;
  const brief = `retry completed: operation ${retry.id}`;
  if (canary === null || left === 0) return { text: label, brief };
  const key = keyOf(state, 'retry');
  if (restHere(state) !== null) {
    const offer = `  (${key} retries the other ${count(left)})`;
    return { text: label + offer, brief: brief + offer };
  }
  const where = state.view === 'failures' ? '' : ' in Failures';
  const on = (columns: number): string => `${key} on "${truncate(canary.failureKind, columns)}"${where}`;
  return {
    text: `${label}  (${on(kindColumns)} retries the other ${count(left)})`,
    brief: `retry ${retry.id} completed  (${on(briefKindColumns)}: ${count(left)} more)`,
  };
}
