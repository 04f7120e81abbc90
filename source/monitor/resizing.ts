import { planSizes } from '../domain/batch-size.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { count } from '../presentation/figures.ts';
import { refusalOfOne } from '../presentation/plan-text.ts';
import { offered } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { BulkRunner } from './bulk-runner.ts';
import type { Controls } from './controls.ts';
import type { MarkedNow } from './marked-now.ts';
import { memberOf } from './marks.ts';
import { farSize, typedSize } from './size-dialog.ts';
import type { Store } from './store.ts';
import { subjectOf, subjectText } from './subject.ts';

/** The commands that change batch sizes: at once, because `u` takes it back. */
export function createResizing({
  store,
  toast,
  runner,
}: {
  readonly store: Store;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly runner: Pick<BulkRunner, 'working' | 'membersOf' | 'run'>;
}): Pick<Controls, 'batchSize' | 'applyBatchSize'> & {
  /** Sets the size of the open field that was asked about. Returns whether that field is open. */
  readonly confirmBatchSize: () => boolean;
} {
  function open(what: string, all: readonly Operation[]): void {
    const members = all.filter(({ status }) => isOpen(status));
    if (members.length === 0) {
      toast('bad', `cannot change the batch size of ${what}: none is running, pending or paused`);
      return;
    }
    const sizes = new Set(members.map(({ batchSize }) => batchSize));
    const [size] = sizes;
    const field = offered(sizes.size === 1 ? String(size ?? '') : '');
    store.emit({ kind: 'overlaid', overlay: { kind: 'size', what, members, field, under: store.state().overlay } });
  }

  function apply(isConfirmed: boolean): void {
    const state = store.state();
    const { overlay } = state;
    const size = overlay.kind === 'size' ? typedSize(overlay) : null;
    if (overlay.kind !== 'size' || size === null) return;
    const counting = new Map((state.latest?.tables ?? []).map((table) => [table.tableName, table.counting]));
    const plan = planSizes(overlay.members, size, (tableName) => counting.get(tableName) ?? null);
    const [refused] = plan.refused;
    if (plan.changes.length === 0) {
      const why = refused === undefined ? 'nothing is open' : refusalOfOne('batch size', refused.reason);
      store.emit({ kind: 'overlaid', overlay: { ...overlay, refused: { text: overlay.field.text, why } } });
      return;
    }
    const changed = new Set(plan.changes.map(({ transition }) => transition.id));
    const members = overlay.members.filter(({ id }) => changed.has(id));
    if (!isConfirmed && farSize(members, size) !== null) {
      store.emit({ kind: 'overlaid', overlay: { ...overlay, isAsking: true } });
      return;
    }
    store.emit({ kind: 'overlaid', overlay: overlay.under });
    void runner.working('batch size', overlay.what, async (signal) => {
      await runner.run('batch size', overlay.what, plan, null, signal);
    });
  }

  return {
    batchSize() {
      const subject = subjectOf(store.state());
      if (subject === null) return;
      const what = subjectText(subject);
      if (subject.kind === 'operation') open(what, [memberOf(subject.operation)]);
      else
        void runner.working('batch size', what, async (signal) => {
          const read = await runner.membersOf('batch size', subject, signal);
          if (read !== null && store.state().overlay.kind === 'none') open(leftText(what, read), read.members);
        });
    },
    applyBatchSize: () => apply(false),
    confirmBatchSize() {
      const { overlay } = store.state();
      if (overlay.kind !== 'size') return false;
      apply(true);
      return true;
    },
  };
}

/** The subject in words, with how many of its operations are gone. */
function leftText(what: string, { members, gone }: MarkedNow): string {
  if (gone.length === 0) return what;
  return `${subjectText({ kind: 'marks', members })} (${count(gone.length)} gone)`;
}
