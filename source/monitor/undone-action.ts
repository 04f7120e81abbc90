import type { Transition } from '../domain/transitions.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { UndoableTransition } from './undoable.ts';

/** The action that an undo would take back: `the pause of operation 31 · cases`. */
export function undoneAction({ undo, tableName }: UndoableTransition): string {
  return `the ${actionTo(undo.from)} of ${operationLabel({ id: undo.id, tableName })}`;
}

/** The action that leads to a status. */
function actionTo(status: Transition['to']): 'pause' | 'skip' | 'resume' {
  if (status === 'paused') return 'pause';
  return status === 'skipped' ? 'skip' : 'resume';
}
