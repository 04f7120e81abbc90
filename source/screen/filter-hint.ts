import { parseFilter } from '../domain/filter/parse.ts';
import { keyOf } from '../monitor/commands.ts';
import { filterCompletion, suggestedRest } from '../monitor/filter-completion.ts';
import { unappliedTerms } from '../monitor/filter-views.ts';
import type { MonitorState } from '../monitor/state.ts';
import { cutLine, lineWidth, text, typedPart } from '../presentation/line.ts';
import { truncate, widthOf } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';

/** A filter that ends in `since:`, which has another meaning than the key of the same name. */
const isSince = /(?:^|\s)!?since:\S*$/i;

/**
 * The line above the filter that is typed: why it is no filter, with a mark above the character where that shows; else the
 * fields and values with which it may go on.
 *
 * @param start the column where the typed text starts, and how many columns it has
 */
export function filterHint(state: MonitorState, start: number, room: number, theme: Theme): Line {
  const { overlay, window } = state;
  if (overlay.kind !== 'filter') return [];
  const { text: typed, caret } = overlay.field;
  const parsed = parseFilter(typed);
  const candidates = filterCompletion(state)?.candidates ?? [];
  // An unfinished filter is not an error.
  const isUnfinished = caret === typed.length && typed !== '' && (candidates.length > 1 || suggestedRest(state) !== '');
  if (parsed.kind === 'wrong' && !(isUnfinished && parsed.at + parsed.length >= typed.length)) {
    const before = typedPart({ text: typed, caret: Math.min(parsed.at, typed.length) }, room);
    // Where the text is cut at its left, the caret decides which part of it is shown.
    const shown = typedPart(overlay.field, room);
    const hidden = widthOf(typed.slice(0, caret)) - shown.column;
    const column = start + Math.max(0, Math.min(widthOf(typed.slice(0, parsed.at)) - hidden, room - 1));
    return pointing(parsed.problem, before.text === '' ? start : column, window.columns, theme);
  }
  if (typed === '') {
    const fields = 'status: phase: table: worker: kind: by: since: id: is: !not text';
    const keys = `${keyOf(state, 'complete')} completes, ${keyOf(state, 'recall')} recalls`;
    // The keys are cut last: they show what the fields are, too.
    const room = window.columns - widthOf(keys) - 3;
    return cutLine([text(` ${keys}  ${truncate(fields, room, theme.glyphs.ellipsis)}`, 'dim')], window.columns, theme);
  }
  const unapplied = unappliedTerms(state.view, typed);
  if (unapplied.length > 0)
    return cutLine([text(` this view does not apply ${unapplied.join(' ')}`, 'warn')], window.columns, theme);
  const sinceMeaning = `  what started or ended since (${keyOf(state, 'back')} ${keyOf(state, 'since')} hides what began earlier)`;
  const meaning = isSince.test(typed.slice(0, caret)) ? sinceMeaning : '';
  return cutLine(
    [text(isUnfinished || meaning !== '' ? ` ${candidates.join('  ')}${meaning}` : '', 'dim')],
    window.columns,
    theme,
  );
}

/** A message at the side of its mark that has more room. */
function pointing(problem: string, column: number, width: number, theme: Theme): Line {
  const mark = theme.glyphs.below;
  const right: Line = [text(' '.repeat(column)), text(mark, 'bad'), text(` ${problem}`, 'bad')];
  const left = column - 1;
  const isShorter = lineWidth(right) > width && left > width - column && left >= widthOf(problem) / 2;
  if (!isShorter) return cutLine(right, width, theme);
  const message = truncate(problem, column - 2, theme.glyphs.ellipsis);
  return [text(' '.repeat(Math.max(0, column - 1 - widthOf(message)))), text(`${message} ${mark}`, 'bad')];
}
