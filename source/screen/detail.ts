import { detailExtras, recordOf } from '../monitor/detail-extras.ts';
import { detailMatches } from '../monitor/detail-search.ts';
import type { MonitorState } from '../monitor/state.ts';
import { shown } from '../monitor/state.ts';
import { newestOfKind, selectedOperation } from '../monitor/views.ts';
import { type DocumentLine, detailDocument } from '../presentation/detail-document.ts';
import { bodyRows, detailColumns, dockColumns, overlayRows, sideBySideFrom } from '../presentation/layout.ts';
import { cutLine, joined, lineWidth, padLine, spread, text } from '../presentation/line.ts';
import type { OperationRecord } from '../presentation/operation-record.ts';
import { type Line, statusGlyph, statusTone, type Theme } from '../presentation/theme.ts';
import { documentLine } from './document-lines.ts';
import type { BodyLine } from './list.ts';

/** The detail view: title and state, then the error, queries, progress, attempts, actions and fields, scrolled together. */
export function detailLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail') return [];
  const { detail, problem, top } = overlay;
  if (detail === null)
    return [
      {
        line: [
          text(
            problem === null ? `   reading operation ${overlay.id} …` : `   ${problem}`,
            problem === null ? 'dim' : 'bad',
          ),
        ],
      },
    ];
  const { operation } = detail;
  const height = overlayRows('detail', window);
  const extras = detailExtras(state);
  const { texts, facts } = detailDocument(detail, detailColumns(window), extras);
  const sideBySide = window.columns >= sideBySideFrom;
  const length = sideBySide ? Math.max(texts.length, facts.length) : texts.length + facts.length;
  const title: Line = [
    text(` OPERATION ${operation.id}`, 'strong'),
    text('  '),
    statusGlyph(operation.status, theme),
    text(` ${operation.status}`, statusTone[operation.status]),
    text(`  ${operation.tableName}  ${operation.operation}`),
    ...(problem === null ? [] : [text(`  ${problem}`, 'bad')]),
  ];
  const matches = detailMatches(state);
  const position = joined([
    matches.length === 0 ? [] : [text(`match ${(overlay.found ?? 0) + 1} of ${matches.length}`, 'warn')],
    length > height ? [text(`${top + 1}-${Math.min(length, top + height)} of ${length} `, 'dim')] : [],
  ]);
  const pieces = Map.groupBy(matches.flat(), ({ part, line }) => `${part} ${line}`);
  const painted = (part: 'texts' | 'facts', lines: readonly DocumentLine[], from: number, width: number): Line[] =>
    lines.map((line, index) => documentLine(line, width, theme, pieces.get(`${part} ${from + index}`)));
  const width = detailColumns(window);
  const shownTexts = painted('texts', named(texts, top, height), top, width);
  const from = sideBySide ? top : Math.max(0, top - texts.length);
  const shownFacts = painted('facts', named(facts, from, height), from, width);
  const firstPart = sideBySide ? facts : texts;
  const now = firstPart.slice(
    0,
    firstPart.findIndex(({ kind }, index) => index > 0 && kind === 'heading'),
  );
  const shownNames = named(now, top, height).flatMap((line) => (line.kind === 'field' ? [line.name] : []));
  const lines = sideBySide
    ? besides(shownTexts, shownFacts, width, theme)
    : [...shownTexts, ...shownFacts].slice(0, height);
  return [
    { line: spread(title, position, window.columns, theme) },
    // The facts are at the top of the text, too: those that are scrolled away are repeated.
    { line: top === 0 ? [] : [text(' '), ...stateLine(extras.record, window.columns - 1, shownNames)] },
    ...lines.map((line): BodyLine => ({ line })),
  ];
}

/** The lines that are shown. A fact that begins above them has its name at its first line that is shown. */
function named(lines: readonly DocumentLine[], from: number, height: number): readonly DocumentLine[] {
  const [first, ...others] = lines.slice(from, from + height);
  if (first?.kind !== 'field' || first.name !== '') return lines.slice(from, from + height);
  const name = lines.slice(0, from).findLast((line) => line.kind === 'field' && line.name !== '');
  return [name?.kind === 'field' ? { ...first, name: name.name } : first, ...others];
}

/** The most important facts, apart from those that are shown, on the line that stays while the rest is scrolled. */
function stateLine(record: OperationRecord | undefined, room: number, shown: readonly string[]): Line {
  const facts = (record?.facts ?? []).filter(({ name }) => !ofKind.includes(name) && !shown.includes(name));
  const parts = facts.map(({ name, value, tone }): Line => [text(`${name} `, 'dim'), text(value, tone)]);
  // As many as fit: half of one says something else.
  while (parts.length > 1 && lineWidth(joined(parts)) > room) parts.pop();
  return joined(parts);
}

/** The docked detail: the operation under the cursor, or the newest failure of its kind, to the right of the list in a wide window. */
export function dockedLines(state: MonitorState, theme: Theme): Line[] {
  const observation = shown(state);
  const newest = newestOfKind(state);
  const operation = selectedOperation(state) ?? newest;
  if (observation === null || operation === null) return [];
  const { takenAt, zone } = observation.snapshot;
  const detail = { takenAt, operation, attempts: [], ...(zone === undefined ? {} : { zone }) };
  // In the order of the detail in a narrow window.
  const record = recordOf(state, detail);
  // Below the kinds, the whole kind under the cursor and its advice are on the screen already.
  const isSaid = newest !== null && state.view === 'failures';
  const shownFacts = isSaid ? record.facts.filter(({ name }) => !ofKind.includes(name)) : record.facts;
  const extras = { record: { ...record, facts: shownFacts }, isNarrow: true, hasAges: true };
  const { texts, facts } = detailDocument(detail, dockColumns - 2, extras);
  const title: Line = [
    text(` OPERATION ${operation.id}`, 'strong'),
    text(newest === null ? '' : '  the newest of this kind', 'dim'),
  ];
  return [
    title,
    ...[...texts, ...facts]
      .filter((line, index) => index > 0 || line.kind !== 'heading' || line.text !== 'NOW')
      .map((line) => documentLine(line, dockColumns - 2, theme)),
  ].slice(0, bodyRows(state.window));
}

/** The facts about a failure that hold for its kind. */
const ofKind: readonly string[] = ['kind', 'what helps'];

function besides(left: readonly Line[], right: readonly Line[], width: number, theme: Theme): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    spread(left[index] ?? [], padLine(cutLine(right[index] ?? [], width, theme), width), width * 2 + 1, theme),
  );
}
