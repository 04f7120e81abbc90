import { memo } from 'react';
import { keyName } from '../monitor/command.ts';
import { keyOf, scopeOf } from '../monitor/commands.ts';
import { suggestedRest } from '../monitor/filter-completion.ts';
import { isId } from '../monitor/find-commands.ts';
import { type FooterEntry, footerOf } from '../monitor/footer.ts';
import type { Overlay } from '../monitor/overlay.ts';
import type { MonitorState } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text, typedPart } from '../presentation/line.ts';
import type { TextField } from '../presentation/text-field.ts';
import type { Line, Segment, Theme } from '../presentation/theme.ts';
import { viewIds } from '../presentation/view-id.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The last row, painted from `keyLine`, or from `typingLine` while text is typed. */
export const KeyLine = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** The last line while a text is typed there, and the column of its caret; null while none is. */
export function typingLine(state: MonitorState, theme: Theme): { line: Line; caret: number } | null {
  const { overlay, window } = state;
  const field = fieldOf(overlay);
  if (field === null || !(overlay.kind in leads)) return null;
  const kind = overlay.kind as FieldKind;
  const lead = leads[kind];
  const keys = fieldKeys(state, kind);
  const typed = typedPart(field, fieldRoom(kind, state), theme.glyphs.ellipsis);
  const rest = overlay.kind === 'filter' ? suggestedRest(state) : '';
  return {
    line: spread(
      [text(lead, 'accent'), text(typed.text, field.isOffered === true ? 'dim' : 'plain'), text(rest, 'dim')],
      [keys],
      window.columns,
      theme,
    ),
    caret: lead.length + typed.column,
  };
}

const leads = {
  filter: ' /',
  since: ' only operations begun since ',
  until: ' done by ',
  palette: ' :',
  detail: ' /',
  note: ' reason ',
  accept: ' accept, because: ',
  size: ' batch size ',
  unlock: ' unlock, target ',
} as const;
type FieldKind = keyof typeof leads;

/** The word for what Enter does with the text of a field. */
const applied: Readonly<Record<FieldKind, string>> = {
  filter: 'keep',
  since: 'show these',
  until: 'set',
  palette: 'run',
  accept: 'accept',
  detail: 'search',
  note: 'record',
  size: 'set',
  unlock: 'unlock',
};

/** The word for what Enter does with an empty field, where that is something else. */
const appliedEmpty: { readonly [Kind in FieldKind]?: string } = {
  filter: 'show all',
  since: 'show all',
  until: 'set none',
};

function fieldKeys(state: MonitorState, kind: FieldKind): Segment {
  const { overlay } = state;
  if (overlay.kind === 'size' && overlay.isAsking === true)
    return text(`${keyOf(state, 'confirm-many')} set  ${keyOf(state, 'back')} back `, 'dim');
  // All its operations were deleted: there is nothing to set or to accept.
  const subjects = overlay.kind === 'size' ? overlay.members : overlay.kind === 'accept' ? overlay.failures : null;
  if (subjects?.length === 0) return text(`${keyOf(state, 'back')} close `, 'dim');
  const typed = fieldOf(overlay)?.text.trim() ?? '';
  const opens = kind === 'palette' && isId(typed) ? 'open operation' : undefined;
  const apply = opens ?? (typed === '' ? appliedEmpty[kind] : undefined) ?? applied[kind];
  return text(`${keyOf(state, 'apply')} ${apply}  ${keyOf(state, 'back')} cancel `, 'dim');
}

/** Where the text of the field starts. */
export function fieldStart(kind: FieldKind): number {
  return leads[kind].length;
}

/** Columns that the text of the field has. */
export function fieldRoom(kind: FieldKind, state: MonitorState): number {
  return state.window.columns - lineWidth([fieldKeys(state, kind)]) - fieldStart(kind) - 2;
}

/** The text that is typed on the last line; null while none is. */
function fieldOf(overlay: Overlay): TextField | null {
  if (overlay.kind === 'detail') return overlay.field ?? null;
  return 'field' in overlay ? overlay.field : null;
}

/** The last line: the keys that work now, and why an expected one does not. */
export function keyLine(state: MonitorState): Line {
  const { window } = state;
  const { entries, pinned } = footerOf(state);
  const views: Line[] = scopeOf(state) === 'list' ? [[text(`1-${viewIds.length}`, 'accent'), text(' views')]] : [];
  const marks = state.acting.marks.size;
  const lead: Line =
    marks === 0 || scopeOf(state) !== 'list' ? [text(' ')] : [text(` ${count(marks)} marked  `, 'accent')];
  const last = pinned.map((entry) => entryLine(entry));
  const lineOf = (shown: readonly FooterEntry[], named: readonly Line[], depth: number): Line => [
    ...lead,
    ...joined([...shown.map((entry) => entryLine(entry, depth)), ...named, ...last]),
  ];
  // The name of the operations that a key changes is shortened, and then left out unless the key is always named with them, before
  // another key is left out.
  const depths = [...Array(1 + Math.max(0, ...entries.map(({ subjects }) => subjects.length))).keys()];
  const longest = (shown: readonly FooterEntry[], named: readonly Line[]): Line | undefined =>
    depths.map((depth) => lineOf(shown, named, depth)).find((line) => lineWidth(line) <= window.columns);
  const whole = longest(entries, views);
  if (whole !== undefined) return whole;
  // A long reason takes the place of several keys: pressed, its key says it. A short one takes the place of one.
  const short = entries.filter(({ reason }) => reason === null || reason.length <= longestReason);
  const working = short.filter(({ reason, isNews }) => reason === null || isNews);
  const fewer = working.map((_, index) => working.slice(0, working.length - index));
  const choices = [longest(short, views), ...[short, short.slice(0, -1), ...fewer].map((shown) => longest(shown, []))];
  return choices.find((line) => line !== undefined) ?? lineOf([], [], 0);
}

/** Longer reasons are left out where not all keys fit. */
const longestReason = 24;

/** @param depth which of the texts of what it acts on is shown: 0 is the longest, and after the last there is none, unless the key is always named with them */
function entryLine({ command, label: verb, reason, subjects }: FooterEntry, depth = 0): Line {
  const key = keyName(command.keys[0] ?? '');
  const subject = subjects[depth] ?? (command.alwaysNamed === true ? subjects.at(-1) : '');
  const label = [verb, subject].filter(Boolean).join(' ');
  if (reason === null) return [text(key, 'accent'), text(` ${label}`)];
  // In parentheses, so that it reads as not available also where there are no colours.
  return [text(`(${key} ${verb}: ${reason})`, 'dim')];
}
