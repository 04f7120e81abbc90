import { keyOf } from '../monitor/commands.ts';
import { isUndoEmpty, type UndoQuestion } from '../monitor/overlay.ts';
import { everything } from '../monitor/paused-all.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { age, count } from '../presentation/figures.ts';
import { cutLine, text } from '../presentation/line.ts';
import type { Theme } from '../presentation/theme.ts';
import { type DialogPart, long } from './dialog-parts.ts';

/** The dialog before the undo of an old action on many. */
export function undoParts(state: MonitorState, question: UndoQuestion, theme: Theme): DialogPart[] {
  return [
    { line: [] },
    { title: `Undo ${question.what}?` },
    ...long('when', whenText(state, question), 'warn'),
    ...long('operations', rowsText(state, question)),
    { line: [] },
    {
      line: cutLine(
        [
          text('   '),
          ...(isUndoEmpty(question) ? [] : [text(keyOf(state, 'confirm-many'), 'accent'), text(' undoes it, ')]),
          text(keyOf(state, 'back'), 'accent'),
          text(isUndoEmpty(question) ? ' gives it up.' : ' cancels.'),
        ],
        state.window.columns,
        theme,
      ),
    },
  ];
}

function whenText(state: MonitorState, { at, isLast }: UndoQuestion): string {
  const takenAt = shown(state)?.snapshot.takenAt;
  const ago = at === null || takenAt === undefined ? [] : [`${age(Math.max(0, takenAt - at))} ago`];
  return [...ago, ...(isLast ? [] : ['it is not your last action'])].join(', ');
}

function rowsText(state: MonitorState, { undoable, all, asLeft }: UndoQuestion): string {
  if (undoable.kind !== 'many') return `${count(all)} accepted failures are unresolved again`;
  const { action, what } = undoable.action;
  const it = action === 'pause' && what === everything ? keyOf(state, 'pause-all') : 'it';
  if (asLeft === null) return `${count(all)}; reading which are still as ${it} left them …`;
  if (asLeft === all) return `all ${count(all)} are still as ${it} left them: all change back`;
  if (asLeft === 0) return `none of ${count(all)} is still as ${it} left it: nothing changes back`;
  return `${count(asLeft)} of ${count(all)} ${asLeft === 1 ? 'is' : 'are'} still as ${it} left ${asLeft === 1 ? 'it' : 'them'}: only ${asLeft === 1 ? 'this changes' : 'these change'} back`;
}
