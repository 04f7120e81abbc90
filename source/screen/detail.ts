import { expectedRecords, type Phase, secondsSince } from '../domain/operation.ts';
import { keyOf } from '../monitor/commands.ts';
import { detailExtras, recordOf } from '../monitor/detail-extras.ts';
import { detailMatches } from '../monitor/detail-search.ts';
import type { MonitorState } from '../monitor/state.ts';
import { shown } from '../monitor/state.ts';
import { selectedOperation } from '../monitor/views.ts';
import { type DocumentLine, detailDocument } from '../presentation/detail-document.ts';
import { count, duration } from '../presentation/figures.ts';
import { bodyRows, detailColumns, dockColumns, overlayRows, sideBySideFrom } from '../presentation/layout.ts';
import { cutLine, joined, padLine, spread, text, typedPart } from '../presentation/line.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { OperationRecord } from '../presentation/operation-record.ts';
import { type Line, type Segment, statusGlyph, statusTone, type Theme } from '../presentation/theme.ts';
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
  const shownTexts = painted('texts', texts.slice(top, top + height), top, width);
  const from = sideBySide ? top : Math.max(0, top - texts.length);
  const shownFacts = painted('facts', facts.slice(from, from + height), from, width);
  const lines = sideBySide
    ? besides(shownTexts, shownFacts, width, theme)
    : [...shownTexts, ...shownFacts].slice(0, height);
  return [
    { line: spread(title, position, window.columns, theme) },
    { line: cutLine([text(' '), ...stateLine(extras.record)], window.columns, theme) },
    ...lines.map((line): BodyLine => ({ line })),
  ];
}

/** The most important facts, on the line that stays while the rest is scrolled. */
function stateLine(record: OperationRecord | undefined): Line {
  const facts = (record?.facts ?? []).filter(({ name }) => name !== 'kind' && name !== 'what helps');
  return joined(facts.map(({ name, value, tone }) => [text(`${name} `, 'dim'), text(value, tone)]));
}

/** The docked detail: the operation under the cursor, to the right of the list in a wide window. */
export function dockedLines(state: MonitorState, theme: Theme): Line[] {
  const observation = shown(state);
  const operation = selectedOperation(state);
  if (observation === null || operation === null) return [];
  const { takenAt, zone } = observation.snapshot;
  const detail = { takenAt, operation, attempts: [], ...(zone === undefined ? {} : { zone }) };
  const { texts, facts } = detailDocument(detail, dockColumns - 2, { record: recordOf(state, detail) });
  return [...facts, { kind: 'text', text: '', bad: false } as const, ...texts]
    .slice(0, bodyRows(state.window))
    .map((line) => documentLine(line, dockColumns - 2, theme));
}

function besides(left: readonly Line[], right: readonly Line[], width: number, theme: Theme): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    spread(left[index] ?? [], padLine(cutLine(right[index] ?? [], width, theme), width), width * 2 + 1, theme),
  );
}

/** The dialog before a skip, with the consequences of the skip. */
export function confirmLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { overlay, window } = state;
  if (overlay.kind !== 'confirm') return [];
  const { operation } = overlay;
  const observation = shown(state);
  const takenAt = observation?.snapshot.takenAt ?? 0;
  const row = (name: string, ...value: Line): BodyLine => ({
    line: cutLine([text(`   ${name.padEnd(20)}`, 'dim'), ...value], window.columns, theme),
  });
  const processed = operation.recordsProcessed ?? 0;
  const left = remaining(
    operation.phase,
    processed,
    expectedRecords(processed, operation.totalRecords, operation.batchSize),
  );
  const validated = (observation?.snapshot.totals ?? []).some(
    (total) => total.phase === 'validation' && total.statuses.completed > 0 && total.tableName === operation.tableName,
  );
  const typing = overlay.editing ? typedPart(overlay.reason, window.columns - 24) : null;
  const reason = overlay.reason.text;
  const reasonLine: Line = [
    typing === null
      ? text(reason || `none given (${keyOf('reason')})`, reason === '' ? 'dim' : 'plain')
      : text(typing.text),
  ];
  const ended = secondsSince(operation.completedAt, takenAt, observation?.snapshot.zone);
  return [
    { line: [] },
    {
      line: cutLine([text(`   Skip ${operationLabel(operation)}?`, 'strong')], window.columns, theme),
    },
    { line: [] },
    row(
      'is',
      statusGlyph(operation.status, theme),
      text(` ${operation.status}${ended === null ? '' : `, since ${duration(ended)}`}`, statusTone[operation.status]),
    ),
    row('phase, operation', text(`${operation.phase}, ${operation.operation}`)),
    row('source query', text(operation.sourceQuery ?? theme.glyphs.dash)),
    row('records', text(left, 'warn')),
    // The skip of a validation makes no earlier result invalid.
    ...(operation.phase === 'validation' ? [] : [row('validation', validationText(validated))]),
    { ...row('reason', ...reasonLine), ...(typing === null ? {} : { caret: 23 + typing.column }) },
    { line: [] },
    {
      line: cutLine(
        [
          text('   Workers will not pick it up again.  '),
          ...(overlay.editing
            ? [text(keyOf('apply'), 'accent'), text(' confirms the reason.')]
            : [
                text(keyOf('confirm'), 'accent'),
                text(' skips it, '),
                text(keyOf('back'), 'accent'),
                text(' keeps it.'),
              ]),
        ],
        window.columns,
        theme,
      ),
    },
  ];
}

function validationText(hasCompleted: boolean): Segment {
  return hasCompleted
    ? text('has completed for this table: its result will no longer be valid', 'warn')
    : text('has not completed for this table yet');
}

function remaining(phase: Phase, processed: number, expected: number | null): string {
  const done = phase === 'execution' ? 'migrated' : phase === 'validation' ? 'validated' : 'processed';
  if (expected === null) return `not known how many will not be ${done}`;
  const left = Math.max(0, expected - processed);
  return `${count(left)} of ${count(expected)} will not be ${done} by it`;
}
