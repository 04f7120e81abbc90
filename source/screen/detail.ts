import { expectedRecords, type Phase, secondsSince } from '../domain/operation.ts';
import { keyOf } from '../monitor/commands.ts';
import type { MonitorState } from '../monitor/state.ts';
import { shown } from '../monitor/state.ts';
import { selectedOperation } from '../monitor/views.ts';
import { type DocumentLine, detailDocument } from '../presentation/detail-document.ts';
import { count, duration } from '../presentation/figures.ts';
import { bodyRows, detailColumns, dockColumns, overlayRows, sideBySideFrom } from '../presentation/layout.ts';
import { cutLine, padLine, spread, text, typedPart } from '../presentation/line.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { type Line, type Segment, statusGlyph, statusTone, type Theme } from '../presentation/theme.ts';
import type { BodyLine } from './list.ts';

/** The detail view: the title, then the error, the queries, the fields and the other attempts, which scroll together. */
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
  const { texts, facts } = detailDocument(detail, detailColumns(window));
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
  const position: Line =
    length > height ? [text(`${top + 1}-${Math.min(length, top + height)} of ${length} `, 'dim')] : [];
  const lines = sideBySide
    ? besides(texts.slice(top, top + height), facts.slice(top, top + height), detailColumns(window), theme)
    : [...texts, ...facts].slice(top, top + height).map((line) => documentLine(line, window.columns, theme));
  return [{ line: spread(title, position, window.columns, theme) }, ...lines.map((line): BodyLine => ({ line }))];
}

/** The docked detail: the operation under the cursor, to the right of the list in a wide window. */
export function dockedLines(state: MonitorState, theme: Theme): Line[] {
  const observation = shown(state);
  const operation = selectedOperation(state);
  if (observation === null || operation === null) return [];
  const { takenAt, zone } = observation.snapshot;
  const detail = { takenAt, operation, attempts: [], ...(zone === undefined ? {} : { zone }) };
  const { texts, facts } = detailDocument(detail, dockColumns - 2);
  return [...facts, { kind: 'text', text: '', bad: false } as const, ...texts]
    .slice(0, bodyRows(state.window))
    .map((line) => documentLine(line, dockColumns - 2, theme));
}

function besides(left: readonly DocumentLine[], right: readonly DocumentLine[], width: number, theme: Theme): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const first = documentLine(left[index] ?? { kind: 'text', text: '', bad: false }, width, theme);
    const second = documentLine(right[index] ?? { kind: 'text', text: '', bad: false }, width, theme);
    return spread(first, padLine(cutLine(second, width, theme), width), width * 2 + 1, theme);
  });
}

function documentLine(line: DocumentLine, width: number, theme: Theme): Line {
  switch (line.kind) {
    case 'heading':
      return cutLine([text(` ${line.text}`, 'dim')], width, theme);
    case 'note':
      return cutLine([text(` ${line.text}`, 'dim')], width, theme);
    case 'text':
      return [text(` ${line.text}`, line.bad ? 'bad' : 'plain')];
    case 'field':
      return cutLine([text(` ${line.name.padEnd(18)}`, 'dim'), text(line.value)], width, theme);
    case 'attempt': {
      const { operation } = line;
      return cutLine(
        [
          text(` ${String(operation.id).padStart(7)} `),
          statusGlyph(operation.status, theme),
          text(` ${operation.status.padEnd(10)}`, statusTone[operation.status]),
          text(`${line.elapsed.padStart(8)}  ${operation.operation}  `),
          text(operation.errorMessage ?? '', 'bad'),
        ],
        width,
        theme,
      );
    }
  }
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
