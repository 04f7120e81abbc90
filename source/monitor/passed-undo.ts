import { undoHint } from '../presentation/toast.ts';
import { keyOf } from './commands.ts';
import { whyNotUndone } from './reasons.ts';
import type { MonitorState } from './state.ts';
import { whyUndoIsOver } from './undo-history.ts';

/** The state without the hint `(u undoes it)` in the message of an action that cannot be undone any more: workers have taken what it added. */
export function withoutPassedUndo(state: MonitorState): MonitorState {
  const { toast } = state;
  const hint = undoHint(keyOf(state, 'undo'));
  if (toast?.own !== true || !toast.text.includes(hint)) return state;
  if (whyNotUndone(state) === null && whyUndoIsOver(state) === null) return state;
  const without = (text: string): string => text.replace(hint, '');
  return {
    ...state,
    toast: { ...toast, text: without(toast.text), ...(toast.brief && { brief: without(toast.brief) }) },
  };
}
