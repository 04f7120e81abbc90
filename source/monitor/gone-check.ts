import { withGone } from '../domain/bulk-actions.ts';
import { type Operation, operationKey } from '../domain/operation.ts';
import { skipCostsOf } from '../domain/skip-costs.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { BulkDialog } from './bulk-dialog.ts';
import { commandOf } from './bulk-subject.ts';
import { createFewerCheck, createMarkCheck, goneOf, readMarked } from './marked-now.ts';
import { withoutDeleted } from './marks.ts';
import type { Overlay } from './overlay.ts';
import { createRest } from './poll-interval.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';

/** Returns what looks after each poll which rows were deleted: of the marked operations, and of those that the open question would change. */
export function createGoneCheck(options: {
  readonly table: Pick<ControlTable, 'page' | 'passing' | 'target'>;
  readonly store: Store;
  readonly now: () => number;
}): () => Promise<void> {
  const { table, store, now } = options;
  const checkMarks = createMarkCheck(options);
  const rest = createRest(now);

  async function checkQuestion(): Promise<void> {
    const asked = askedOf(store.state().overlay);
    if (asked === null) return;
    await rest(async () => {
      const reading = new AbortController();
      // The question may have been answered, or another one asked.
      const isOpen = (): boolean => askedOf(store.state().overlay)?.of === asked.of;
      const onRead = (): void => {
        if (!isOpen()) reading.abort();
      };
      const read = await readMarked(table, asked.members, onRead, reading.signal);
      const state = store.state();
      if (read === null || read.gone.length === 0 || !isOpen()) return;
      store.emit({ kind: 'overlaid', overlay: withoutGone(state, read.gone) });
      store.emit({ kind: 'acting', change: withoutDeleted(state.acting.marks, read.gone) });
    });
  }

  const hasFewer = createFewerCheck();
  let isDue = false;

  /** Checks the failures that are accepted once the note is typed: there may be many, so only after a poll that finds fewer rows. */
  async function checkAccepted(): Promise<void> {
    const { overlay, latest } = store.state();
    const isFewer = hasFewer(latest);
    isDue = (isDue || isFewer) && overlay.kind === 'accept';
    if (!isDue || overlay.kind !== 'accept') return;
    const { failures } = overlay;
    await rest(async () => {
      const gone = new Set(await goneOf(table, failures));
      isDue = false;
      const { overlay: open, acting } = store.state();
      if (gone.size === 0 || open.kind !== 'accept' || open.failures !== failures) return;
      const left = failures.filter((failure) => !gone.has(failure));
      store.emit({ kind: 'overlaid', overlay: { ...open, failures: left, gone: [...(open.gone ?? []), ...gone] } });
      store.emit({ kind: 'acting', change: withoutDeleted(acting.marks, [...gone]) });
    });
  }

  return async () => {
    await Promise.all([checkMarks(), checkQuestion(), checkAccepted()]);
  };
}

/** The operations that the open question would change, and the object that is the same as long as they are; null if no question is open. */
function askedOf(overlay: Overlay): { readonly of: object; readonly members: readonly Operation[] } | null {
  if (overlay.kind === 'confirm' && overlay.isGone !== true)
    return { of: overlay.operation, members: [overlay.operation] };
  if (overlay.kind !== 'bulk' && overlay.kind !== 'size') return null;
  return overlay.members.length === 0 ? null : { of: overlay.members, members: overlay.members };
}

/** The open question without operations that are gone. */
function withoutGone(state: MonitorState, gone: readonly Operation[]): Overlay {
  const { overlay } = state;
  if (overlay.kind === 'confirm') return { ...overlay, isGone: true, editing: false };
  const isGone = new Set(gone);
  const left = (members: readonly Operation[]): Operation[] => members.filter((member) => !isGone.has(member));
  if (overlay.kind === 'size')
    return { ...overlay, members: left(overlay.members), gone: (overlay.gone ?? 0) + gone.length };
  return overlay.kind === 'bulk' ? bulkWithoutGone(state, overlay, left(overlay.members), gone) : overlay;
}

function bulkWithoutGone(
  state: MonitorState,
  dialog: BulkDialog,
  members: readonly Operation[],
  gone: readonly Operation[],
): BulkDialog {
  if (dialog.plan === null) return dialog;
  const ids = new Set(gone.map(({ id }) => id));
  const keys = new Set(gone.map(operationKey));
  const plan = withGone(
    {
      changes: dialog.plan.changes.filter(
        ({ transition: { id, identity } }) =>
          !(identity === null ? ids.has(id) : keys.has(operationKey({ id, identity }))),
      ),
      refused: dialog.plan.refused.filter(({ id }) => !ids.has(id)),
    },
    gone,
  );
  // Until the tables have been read, the answer is for the cost as it was.
  const read = dialog.cost?.read ?? null;
  return {
    ...dialog,
    members,
    plan,
    // Nothing is left to give a reason for.
    part: plan.changes.length === 0 && dialog.part === 'reason' ? 'number' : dialog.part,
    cost: read === null ? dialog.cost : { ...skipCostsOf(state.latest, plan, members), read },
    command: dialog.isOfMarks ? commandOf(dialog.action, { kind: 'marks', members }, state) : dialog.command,
  };
}
