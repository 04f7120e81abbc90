import { expectedRecords, type Operation, secondsSince } from '../domain/operation.ts';
import { keyName } from '../monitor/command.ts';
import { keyOf } from '../monitor/commands.ts';
import type { Overlay } from '../monitor/overlay.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { planText } from '../presentation/batch-text.ts';
import { commandLine, reasonOption } from '../presentation/command-line.ts';
import { count, duration } from '../presentation/figures.ts';
import { bodyRows } from '../presentation/layout.ts';
import { cutLine, text, typedPart } from '../presentation/line.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { TextField } from '../presentation/text-field.ts';
import { wrap } from '../presentation/text-width.ts';
import { type Line, type Segment, statusGlyph, statusTone, type Theme, type Tone } from '../presentation/theme.ts';
import type { BodyLine } from './list.ts';
import { viewLines } from './views.ts';

type Confirm = Extract<Overlay, { kind: 'confirm' }>;
type Batch = Extract<Overlay, { kind: 'batch' }>;

/** How many columns the names of a dialog's lines take. */
const nameColumns = 23;

/** How many lines of an error or a command a dialog shows. */
const longestLines = 3;

/** The lines of a dialog, below the row that it is about. */
export function dialogLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { overlay } = state;
  if (overlay.kind === 'confirm') return [...rowLines(state, theme), ...confirmLines(state, theme)];
  return overlay.kind === 'batch' ? [...rowLines(state, theme), ...batchLines(state, overlay, theme)] : [];
}

/** The row under the cursor, if the window has room for it. */
function rowLines(state: MonitorState, theme: Theme): BodyLine[] {
  if (bodyRows(state.window) < 17) return [];
  return viewLines({ ...state, overlay: { kind: 'none' } }, theme).filter(({ selected }) => selected === true);
}

/** The dialog before a skip, with the consequences of the skip. */
export function confirmLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { overlay, window } = state;
  if (overlay.kind !== 'confirm') return [];
  const { operation, cost = null } = overlay;
  const row = rowOf(window.columns, theme);
  const observation = shown(state);
  const ended = secondsSince(operation.completedAt, observation?.snapshot.takenAt ?? 0, observation?.snapshot.zone);
  const validated = (observation?.snapshot.totals ?? []).some(
    (total) => total.phase === 'validation' && total.statuses.completed > 0 && total.tableName === operation.tableName,
  );
  const reason = reasonLine(overlay.reason, overlay.editing, state, row);
  return [
    { line: [] },
    { line: cutLine([text(`   Skip ${operationLabel(operation)}?`, 'strong')], window.columns, theme) },
    row(
      'is',
      statusGlyph(operation.status, theme),
      text(` ${operation.status}${ended === null ? '' : `, since ${duration(ended)}`}`, statusTone[operation.status]),
    ),
    ...wrapped('error', operation.errorMessage ?? '', 'bad', state, row),
    row('phase, operation', text(`${operation.phase}, ${operation.operation}`)),
    row('source query', text(operation.sourceQuery ?? theme.glyphs.dash)),
    row('records', text(recordsText(state, operation), 'warn')),
    // The skip of a validation makes no earlier result invalid.
    ...(operation.phase === 'validation'
      ? [row('validation', text('its result stays unproven', 'warn'))]
      : [row('validation', validationText(validated))]),
    ...costLines(cost, row),
    reason,
    ...wrapped(
      'same as',
      commandLine('skip', { ids: [operation.id] }, state.target, overlay.reason.text),
      'dim',
      state,
      row,
    ),
    { line: cutLine(confirmHint(overlay), window.columns, theme) },
  ];
}

function confirmHint({ editing }: Confirm): Line {
  return [
    text('   Workers will not pick it up again.  '),
    ...(editing
      ? [text(keyOf('apply'), 'accent'), text(' confirms the reason.')]
      : [text(keyOf('confirm'), 'accent'), text(' skips it, '), text(keyOf('back'), 'accent'), text(' keeps it.')]),
  ];
}

function batchLines(state: MonitorState, dialog: Batch, theme: Theme): BodyLine[] {
  const { columns } = state.window;
  const row = rowOf(columns, theme);
  const { plan, action, what, part, number } = dialog;
  const typing = part === 'number' ? typedPart(number, columns - nameColumns - 1) : null;
  const total = plan?.changes.length ?? 0;
  return [
    { line: [] },
    { line: cutLine([text(`   ${titleOf(action)} ${what}?`, 'strong')], columns, theme) },
    ...wrapped('this', plan === null ? 'reading the operations' : planText(action, plan), 'warn', state, row),
    ...(action === 'retry' ? wrapped('who claims it', whoClaims(state), 'plain', state, row) : []),
    reasonLine(dialog.reason, part === 'reason', state, row),
    ...wrapped('same as', `${dialog.command}${reasonOption(dialog.reason.text)}`, 'dim', state, row),
    { line: [] },
    ...(part === 'keys'
      ? [
          {
            line: cutLine(
              [
                text('   '),
                text(keyOf('confirm-batch'), 'accent'),
                text(action === 'retry' ? ' retries it, ' : ' skips it, '),
                text(keyOf('reason'), 'accent'),
                text(' gives a reason, '),
                text(keyOf('back'), 'accent'),
                text(' keeps it.'),
              ],
              columns,
              theme,
            ),
          },
        ]
      : [
          {
            ...row(`type ${total === 0 ? 'the number' : count(total)}`, text(typing?.text ?? number.text)),
            ...(typing === null ? {} : { caret: nameColumns + typing.column }),
          },
          {
            line: cutLine(
              [
                text('   '),
                text(keyOf('apply'), 'accent'),
                text(` ${action === 'retry' ? 'retries' : 'skips'} that many, `),
                text(keyName('tab'), 'accent'),
                text(' gives a reason, '),
                text(keyOf('back'), 'accent'),
                text(' keeps them.'),
              ],
              columns,
              theme,
            ),
          },
          ...(dialog.failureKind === null ? [] : [row('', text('1 retries one first, and watches it', 'dim'))]),
        ]),
  ];
}

function titleOf(action: Batch['action']): string {
  return action === 'skip' ? 'Skip' : 'Retry';
}

/** Whether a worker that claims pending operations was seen. */
function whoClaims(state: MonitorState): string {
  const workers = new Set((shown(state)?.snapshot.sessions ?? []).map(({ workerId }) => workerId));
  if (workers.size === 0) return 'no worker of migtop/worker is connected: somebody has to claim it';
  return `a worker that claims pending operations: ${workers.size} of migtop/worker ${workers.size === 1 ? 'is' : 'are'} connected`;
}

type Row = (name: string, ...value: Line) => BodyLine;

function rowOf(columns: number, theme: Theme): Row {
  return (name, ...value) => ({
    line: cutLine([text(`   ${name.padEnd(nameColumns - 3)}`, 'dim'), ...value], columns, theme),
  });
}

/** A text of at most three lines. */
function wrapped(name: string, value: string, tone: Tone, { window }: MonitorState, row: Row): BodyLine[] {
  if (value === '') return [];
  const lines = wrap(value, window.columns - nameColumns);
  // The last line is longer than the room, so that it is cut with an ellipsis.
  const last = lines.slice(longestLines - 1, longestLines + 1).join(' ');
  return [...lines.slice(0, longestLines - 1), ...(last === '' ? [] : [last])].map((line, index) =>
    row(index === 0 ? name : '', text(line, tone)),
  );
}

function reasonLine(field: TextField, isTyped: boolean, { acting, window, overlay }: MonitorState, row: Row): BodyLine {
  if (isTyped) {
    const typing = typedPart(field, window.columns - nameColumns - 1);
    const offered =
      field.text === '' && acting.lastReason !== null ? [text(`  ${keyName('up')}: ${acting.lastReason}`, 'dim')] : [];
    return { ...row('reason', text(typing.text), ...offered), caret: nameColumns + typing.column };
  }
  const key = overlay.kind === 'batch' && overlay.part === 'number' ? keyName('tab') : keyOf('reason');
  return row('reason', text(field.text || `none given (${key})`, field.text === '' ? 'dim' : 'plain'));
}

function costLines(cost: Confirm['cost'], row: Row): BodyLine[] {
  if (cost === null || cost === undefined) return [];
  const { openOperations, references, attempt } = cost;
  const open = openOperations > 1000 ? 'more than 1,000' : count(openOperations);
  const tables = references.slice(0, 5).join(', ');
  return [
    row(
      'other operations',
      text(openOperations === 0 ? 'none of this table is open' : `${open} of this table are open`),
    ),
    ...(references.length === 0
      ? []
      : [
          row(
            'referenced by',
            text(`${tables}${references.length > 5 ? ' and more' : ''}: their rows may need these`, 'warn'),
          ),
        ]),
    ...(attempt === null
      ? []
      : [
          row(
            'attempts',
            text(
              attempt.kind === 'open'
                ? `operation ${attempt.by} is an open attempt of the same work`
                : `operation ${attempt.by} has completed the same work`,
            ),
          ),
        ]),
  ];
}

function validationText(hasCompleted: boolean): Segment {
  return hasCompleted
    ? text('has completed for this table: its result will no longer be valid', 'warn')
    : text('has not completed for this table yet');
}

/** How many records the operation will not process; by both readings if it is not clear how its table counts. */
function recordsText(state: MonitorState, operation: Operation): string {
  const { phase, tableName, totalRecords, batchSize } = operation;
  const done = phase === 'execution' ? 'migrated' : phase === 'validation' ? 'validated' : 'processed';
  const processed = operation.recordsProcessed ?? 0;
  const left = (expected: number): string => `${count(Math.max(0, expected - processed))} of ${count(expected)}`;
  const expected = expectedRecords(processed, totalRecords, batchSize);
  if (expected === null) return `not known how many will not be ${done}`;
  const table = shown(state)?.tables.find((one) => one.tableName === tableName);
  const other = totalRecords !== null && totalRecords > 0 && totalRecords !== expected ? totalRecords : null;
  const isBoth = other !== null && table?.counting === 'unclear';
  return `${left(expected)} will not be ${done} by it${isBoth ? `; ${left(other)} if its total is its own` : ''}`;
}
