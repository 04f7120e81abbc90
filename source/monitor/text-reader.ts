import { messageOf } from '../database/database-error.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { TextWish } from './detail-text.ts';
import type { Store } from './store.ts';

/**
 * Reads windows of long texts into the open detail, one at a time: a held key would read the same one again and again. A request
 * for an end of all texts waits until the current read has ended.
 */
export function createTextReader(options: {
  readonly table: Pick<ControlTable, 'text'>;
  readonly store: Store;
  readonly onProblem: (problem: string) => void;
  /** Called where the row has been changed since its detail was read. */
  readonly onChanged: (id: number) => void;
}): (wishes: readonly TextWish[], place: 'first' | 'last' | null) => Promise<void> {
  const { table, store } = options;
  let isReading = false;
  let next: (() => Promise<void>) | null = null;
  return async function read(wishes, place): Promise<void> {
    const { overlay } = store.state();
    if (wishes.length === 0 || overlay.kind !== 'detail') return;
    if (isReading) {
      if (place !== null) next = () => read(wishes, place);
      return;
    }
    const { id, identity } = overlay;
    isReading = true;
    try {
      for (const { field, place: where } of wishes) {
        const found = await table.text(id, field, where, identity);
        if (found === null || found.version !== overlay.detail?.operation.version) {
          options.onChanged(id);
          break;
        }
        store.emit({ kind: 'texted', id, field, ...found, place });
      }
    } catch (error) {
      options.onProblem(`The text could not be read: ${messageOf(error)}`);
    }
    isReading = false;
    const waiting = next;
    next = null;
    if (waiting !== null) await waiting();
  };
}
