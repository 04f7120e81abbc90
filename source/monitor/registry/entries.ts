import { verbOf } from '../../presentation/bulk-text.ts';
import { operationLabel } from '../../presentation/operation-label.ts';
import { deletedText, refusedText } from '../../presentation/plan-text.ts';
import type { Command, Scope } from '../command.ts';
import { isUndoEmpty } from '../overlay.ts';
import { sizeGone } from '../size-dialog.ts';
import type { MonitorState } from '../state.ts';

/** The scopes of the commands that act on rows. */
export const lists: readonly Scope[] = ['list', 'detail'];

/** For a command that can always run. */
export const always = (): null => null;

/** Why the open dialog takes no reason; null if it does. */
export const whyNoReason = (state: MonitorState): ReturnType<Command['disabledReason']> => {
  const { overlay } = state;
  if (overlay.kind !== 'undo' && overlay.kind !== 'size') return whyNothingLeft(state);
  const what = overlay.kind === 'undo' ? 'an undo' : 'a batch size';
  return { kind: 'nothing', short: 'no reason', text: `${what} takes no reason` };
};

/** Why the open question cannot be confirmed: nothing is as an undo needs it, or all rows were deleted; null if it can, or if none is open. */
export const whyNothingLeft = ({ overlay }: MonitorState): ReturnType<Command['disabledReason']> => {
  if (overlay.kind === 'undo' && isUndoEmpty(overlay)) {
    const text = `cannot undo ${overlay.what}: none is still as it left it`;
    return { kind: 'needless', short: 'nothing to change back', text };
  }
  if (overlay.kind === 'confirm' && overlay.isGone === true)
    return {
      kind: 'needless',
      short: 'gone',
      text: `cannot skip ${operationLabel(overlay.operation)}: ${deletedText}`,
    };
  if (overlay.kind === 'bulk' && overlay.plan?.changes.length === 0) {
    const text = `cannot ${verbOf(overlay.action)} ${overlay.what}: ${refusedText(overlay.plan)}`;
    return { kind: 'needless', short: 'gone', text };
  }
  if (overlay.kind === 'size' && overlay.members.length === 0)
    return { kind: 'needless', short: 'gone', text: `cannot ${verbOf('batch size')} ${sizeGone(overlay)}` };
  return null;
};

/** A command that changes nothing in the table; what is not given: hidden in the key line, always possible. */
export function look(command: Pick<Command, 'id' | 'keys' | 'scopes' | 'help' | 'run'> & Partial<Command>): Command {
  return { label: command.id, footer: 'hidden', group: 'Look', writes: false, disabledReason: always, ...command };
}
