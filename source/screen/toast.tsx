import { memo } from 'react';
import { parseUntil, untilHintAt, untilProblem } from '../domain/deadline.ts';
import { parseSince, sinceHintAt, sinceProblem } from '../domain/since.ts';
import { localSeconds, utc } from '../domain/zone.ts';
import { cannotAcceptGone, labelOf } from '../monitor/acceptable.ts';
import { keyOf } from '../monitor/commands.ts';
import { sizeHint } from '../monitor/size-dialog.ts';
import type { MonitorState } from '../monitor/state.ts';
import { bulkProgress } from '../presentation/bulk-text.ts';
import { count, duration } from '../presentation/figures.ts';
import { cutLine, lineWidth, spread, text } from '../presentation/line.ts';
import { withoutTables } from '../presentation/operation-label.ts';
import type { TextField } from '../presentation/text-field.ts';
import { truncate, truncateBetweenWords, widthOf } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { countsLine } from './counts.tsx';
import { filterHint } from './filter-hint.ts';
import { fieldRoom, fieldStart } from './key-line.tsx';
import { type RowProps, Rows } from './rows.tsx';

/** The last row but one, painted from `toastLine`. */
export const Toast = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** The line above the keys: the result of the last action, or the newest event. */
export function toastLine(state: MonitorState, theme: Theme): Line {
  const { connection, window, overlay, latest, target } = state;
  const toast = state.toast === state.coveredToast ? null : state.toast;
  const local = localSeconds(latest?.snapshot.takenAt ?? state.nowMs / 1000, target.zone ?? utc);
  if (overlay.kind === 'filter') return filterHint(state, fieldStart('filter'), fieldRoom('filter', state), theme);
  if (overlay.kind === 'note') {
    const { action, what, at } = overlay.action;
    const ago = latest === null ? '' : `, ${duration(Math.max(0, Math.round(latest.snapshot.takenAt - at)))} ago`;
    return cutLine([text(` the reason of this ${action}: ${what}${ago}`, 'dim')], window.columns, theme);
  }
  if (overlay.kind === 'size') {
    if (toast?.isHint === true && overlay.field.text === '')
      return [text(messageText(theme.glyphs.bad, toast.text, window, theme), 'bad')];
    const { tone, text: hint } = sizeHint(overlay, latest?.snapshot ?? { sessions: [], operations: [] });
    const mark = tone === 'bad' ? ` ${theme.glyphs.bad}` : tone === 'warn' ? ' !' : '';
    return cutLine([text(`${mark} ${hint}`, tone)], window.columns, theme);
  }
  if (overlay.kind === 'accept') {
    if (toast?.isHint === true && overlay.field.text.trim() === '')
      return [text(messageText(theme.glyphs.bad, toast.text, window, theme), 'bad')];
    const { failures, gone = [] } = overlay;
    if (failures.length === 0)
      return cutLine([text(` ${theme.glyphs.bad} ${cannotAcceptGone(gone)}`, 'bad')], window.columns, theme);
    const one = failures.length === 1;
    const left = gone.length === 0 ? '' : ` (${count(gone.length)} more ${gone.length === 1 ? 'was' : 'were'} deleted)`;
    const what = `${labelOf(failures)}${left}, until ${one ? 'it fails' : 'they fail'} again`;
    const line = text(` accepts ${what}${overlay.failureKind === null ? '' : `: ${overlay.failureKind}`}`, 'dim');
    return cutLine([line], window.columns, theme);
  }
  if (overlay.kind === 'since') {
    const typed = overlay.field.text.trim();
    const isWrong = typed !== '' && parseSince(typed) === null;
    const line = isWrong
      ? text(` ${theme.glyphs.bad} ${sinceProblem(typed)}; enter ${sinceHintAt(local)}`, 'bad')
      : text(sinceMeaning(state, sinceHintAt(local), emptyText(overlay.field)), 'dim');
    return cutLine([line], window.columns, theme);
  }
  if (overlay.kind === 'until') {
    const typed = overlay.field.text.trim();
    const isWrong = typed !== '' && parseUntil(typed) === null;
    const line = isWrong
      ? text(` ${theme.glyphs.bad} ${untilProblem(typed)}; give ${untilHintAt(local)}`, 'bad')
      : text(deadlineHint(emptyText(overlay.field), local, window), 'dim');
    return cutLine([line], window.columns, theme);
  }
  if (overlay.kind === 'unlock') {
    const typed = overlay.field.text.trim();
    const isWrong = !overlay.name.startsWith(typed) || overlay.refused === typed;
    const line = isWrong
      ? text(` ${theme.glyphs.bad} type the name of this target, and nothing else: ${overlay.name}`, 'bad')
      : text(` ${overlay.name} is production${settingOf(overlay.setting)}: type its name to unlock it`, 'dim');
    return cutLine([line], window.columns, theme);
  }
  const { running } = state.acting;
  if (running !== null) {
    const progress = `${bulkProgress(running.action, running.done, running.total)}  (${keyOf(state, 'back')} stops it)`;
    return [text(messageText(theme.glyphs.separator, progress, window, theme))];
  }
  // An action with an unknown result is more important than the lost connection, which the header shows too; so is the
  // result of a key pressed after the connection was lost.
  const isNewer =
    toast !== null && (toast.unsettled || (connection.kind === 'lost' && toast.atMs >= connection.sinceMs));
  if (connection.kind === 'lost' && !isNewer) {
    return [text(messageText(theme.glyphs.bad, connection.problem, window, theme), 'bad')];
  }
  const filter = cutFilter(state, theme);
  if (toast === null) return filter;
  const least = widthOf(` ${theme.glyphs.separator} `) + widthOf(leastText(toast.text, toast.brief, window));
  const isOld = state.nowMs - toast.atMs > filterAfterMs && toast.unsettled !== true;
  const beside =
    filter.length === 0 || least + lineWidth(filter) + 1 <= window.columns
      ? filter
      : isOld
        ? cutLine(filter, window.columns - messageColumns, theme)
        : [];
  const room = { ...window, columns: window.columns - (beside.length === 0 ? 0 : lineWidth(beside) + 1) };
  const mark =
    toast.isStall === true
      ? '!'
      : toast.tone === 'good'
        ? theme.glyphs.good
        : toast.tone === 'bad'
          ? theme.glyphs.bad
          : theme.glyphs.separator;
  const tone = toast.tone === 'info' ? 'plain' : toast.tone;
  const message = [text(messageText(mark, toast.text, room, theme, toast.brief), tone)];
  return beside.length === 0 ? message : spread(message, beside, window.columns, theme);
}

/** After how many milliseconds a message leaves room for a filter that line 3 cuts, and how many columns it keeps then. */
const filterAfterMs = 10_000;
const messageColumns = 24;

/** The shortest form of a message that is not cut: it may lose the hints at its end. */
function leastText(message: string, brief: string | undefined, { columns }: Window): string {
  if (brief === undefined) return widthOf(message) <= columns ? message : withoutTables(message);
  return brief.split(/ {2}(?=\()/)[0] ?? brief;
}

/** The filter, if line 3 has no room for all of it; else nothing. */
function cutFilter(state: MonitorState, theme: Theme): Line {
  const { filter, window } = state;
  const isWhole = filter === '' || countsLine(state, theme).some(({ text: part }) => part.includes(filter));
  return isWhole ? [] : cutLine([text(' filter ', 'dim'), text(filter, 'warn')], window.columns, theme);
}

/** The word for an empty field; if it has a text, with the key that removes the text. */
function emptyText({ text, isOffered }: TextField): string {
  if (text.trim() === '') return 'empty';
  return `empty (${isOffered === true ? 'Backspace' : 'ctrl-u'})`;
}

/** With room, also the filter for what an operator may mean by `since`: what happened lately. */
function sinceMeaning(state: MonitorState, forms: string, empty: string): string {
  const hint = ` hides what began earlier: ${forms}; ${empty}: all`;
  const whole = `${hint}  (ended lately: ${keyOf(state, 'back')} ${keyOf(state, 'filter')}since:15m)`;
  const fits = (one: string): boolean => widthOf(one) <= state.window.columns;
  return [whole, hint].find(fits) ?? ` ${forms}; ${empty}: all`;
}

function deadlineHint(empty: string, local: number, { columns }: Window): string {
  const forms = untilHintAt(local);
  const whole = ` the deadline: ${forms} from now; ${empty}: none`;
  return widthOf(whole) <= columns ? whole : ` ${forms}; ${empty}: none`;
}

/**
 * A message after its mark. One that is too long is shown in fewer words, without the hints at its end (`  (u undoes it)`) for which there is
 * no room: the most important part is first. One without such words loses the names of tables beside ids, and is then cut in its
 * middle, between words: the remedy is at its end.
 */
function messageText(mark: string, message: string, { columns }: Window, theme: Theme, brief?: string): string {
  const lead = ` ${mark} `;
  const room = columns - widthOf(lead);
  const { ellipsis } = theme.glyphs;
  if (brief === undefined)
    return lead + truncateBetweenWords(widthOf(message) <= room ? message : withoutTables(message), room, ellipsis);
  if (widthOf(message) <= room) return lead + message;
  const parts = brief.split(/ {2}(?=\()/);
  while (parts.length > 1 && widthOf(parts.join('  ')) > room) parts.pop();
  return lead + truncate(parts.join('  '), room, ellipsis);
}

function settingOf(setting: string | undefined): string {
  return setting === undefined ? '' : ` (${setting})`;
}
