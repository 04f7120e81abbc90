import type { Command, Scope } from '../command.ts';
import { isUndoEmpty } from '../overlay.ts';
import type { MonitorState } from '../state.ts';

/** The scopes of the commands that act on rows. */
export const lists: readonly Scope[] = ['list', 'detail'];

/** For a command that can always run. */
export const always = (): null => null;

/** Why the open dialog takes no reason; null if it does. */
export const whyNoReason = ({ overlay }: MonitorState): ReturnType<Command['disabledReason']> =>
  overlay.kind === 'undo' || overlay.kind === 'size'
    ? {
        kind: 'nothing',
        short: 'no reason',
        text: `${overlay.kind === 'undo' ? 'an undo' : 'a batch size'} takes no reason`,
      }
    : null;

/** Why the open question before an undo cannot be confirmed: nothing is as the action left it; null if it can, or if none is open. */
export const whyNoneUndone = ({ overlay }: MonitorState): ReturnType<Command['disabledReason']> =>
  overlay.kind === 'undo' && isUndoEmpty(overlay)
    ? {
        kind: 'needless',
        short: 'nothing to change back',
        text: `cannot undo ${overlay.what}: none is still as it left it`,
      }
    : null;

/** A command that changes nothing in the table; what is not given: hidden in the key line, always possible. */
export function look(command: Pick<Command, 'id' | 'keys' | 'scopes' | 'help' | 'run'> & Partial<Command>): Command {
  return { label: command.id, footer: 'hidden', group: 'Look', writes: false, disabledReason: always, ...command };
}
