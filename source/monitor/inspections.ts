import { anotherTableNote } from '../database/target.ts';
import { isOtherTable, type Snapshot } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { Say } from '../presentation/toast.ts';
import { toastMs } from './state.ts';
import type { Store } from './store.ts';

/**
 * Whether the next poll has to inspect the table. A promoted standby takes writes; the connection to it stays. A server may also be set to
 * read-only by a reload, and another table may get the name of this one.
 */
export function needsInspection(before: Snapshot | undefined, now: Snapshot): boolean {
  if (before === undefined) return false;
  const isSwitched = now.takesWrites !== undefined && now.takesWrites !== before.takesWrites;
  return isSwitched || isOtherTable(before, now);
}

/** Takes what an inspection of the table has found into the state, and shows its new notes. */
export function createInspections({
  table,
  store,
  now,
  toast,
  readOnly,
}: {
  readonly table: Pick<ControlTable, 'target'>;
  readonly store: Store;
  readonly now: () => number;
  readonly toast: Say;
  readonly readOnly: () => string | null;
}) {
  let taken = table.target;
  let told = table.target.notes;
  return {
    /** A refused action inspects the table too, not only polls. */
    take(): void {
      if (table.target === taken) return;
      taken = table.target;
      store.emit({ kind: 'inspected', target: taken, readOnly: readOnly() });
    },
    /** Shows each note once. The result of an action is not replaced before it was read. */
    tellNotes(): void {
      const { notes } = table.target;
      const { toast: shown, events } = store.state();
      // The event of a poll says it too, and how many marks were removed.
      const isReplaced = events.some(({ what }) => what.kind === 'replaced');
      const known = isReplaced ? [...told, anotherTableNote(table.target.table)] : told;
      const added = notes.filter((note) => !known.includes(note));
      if (added.length > 0 && shown?.own === true && now() - shown.atMs < toastMs) return;
      told = notes;
      if (added.length > 0) toast('info', added.join('; '));
    },
  };
}
