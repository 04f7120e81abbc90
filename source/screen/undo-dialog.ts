import { keyOf } from '../monitor/commands.ts';
import type { UndoQuestion } from '../monitor/overlay.ts';
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
    ...long('operations', rowsText(question)),
    { line: [] },
    {
      line: cutLine(
        [
          text('   '),
          text(keyOf(state, 'confirm-many'), 'accent'),
          text(' undoes it, '),
          text(keyOf(state, 'back'), 'accent'),
          text(' cancels.'),
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

function rowsText({ undoable, all, asLeft }: UndoQuestion): string {
  if (undoable.kind === 'accepted') return `${count(all)} accepted failures are unresolved again`;
  if (asLeft === null) return `${count(all)}; reading which are still as it left them …`;
  if (asLeft === all) return `changes back all ${count(all)}: they are still as it left them`;
  if (asLeft === 0) return `none of ${count(all)} is still as it left it: nothing is changed back`;
  return `changes back ${count(asLeft)} of ${count(all)}: the others are no longer as it left them`;
}
