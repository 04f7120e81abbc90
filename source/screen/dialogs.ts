import { withOtherEntries } from '../domain/audit-notes.ts';
import type { Observation } from '../domain/observation.ts';
import { type Operation, secondsSince } from '../domain/operation.ts';
import { expectedRecordsOf } from '../domain/shared-total.ts';
import { keyOf } from '../monitor/commands.ts';
import type { Overlay } from '../monitor/overlay.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { commandLine } from '../presentation/command-line.ts';
import { countGapText } from '../presentation/count-gap.ts';
import { count, duration } from '../presentation/figures.ts';
import { bodyRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { pausedBy, unknownPauser } from '../presentation/paused-by.ts';
import { goneText } from '../presentation/plan-text.ts';
import { validatedOneText } from '../presentation/skip-cost-text.ts';
import { type Line, statusGlyph, statusTone, type Theme } from '../presentation/theme.ts';
import { bulkParts } from './bulk-dialog.ts';
import { closingLine, commandPart, type DialogPart, fitted, long, reasonLine, rowOf } from './dialog-parts.ts';
import type { BodyLine } from './list.ts';
import { undoParts } from './undo-dialog.ts';
import { viewLines } from './views.ts';

type Confirm = Extract<Overlay, { kind: 'confirm' }>;

/** The lines of a dialog, below the row that it is about. */
export function dialogLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { overlay } = state;
  if (overlay.kind === 'undo')
    return fitted(undoParts(state, overlay, theme), bodyRows(state.window), state.window.columns, theme);
  if (overlay.kind !== 'confirm' && overlay.kind !== 'bulk') return [];
  const above = rowLines(state, theme);
  const parts = overlay.kind === 'confirm' ? confirmParts(state, theme) : bulkParts(state, overlay, theme);
  return [...above, ...fitted(parts, bodyRows(state.window) - above.length, state.window.columns, theme)];
}

/** The row under the cursor, if the window has room for it. */
function rowLines(state: MonitorState, theme: Theme): BodyLine[] {
  if (bodyRows(state.window) < 17) return [];
  return viewLines({ ...state, overlay: { kind: 'none' } }, theme).filter(({ selected }) => selected === true);
}

/** The dialog before a skip, with the consequences of the skip. */
export function confirmParts(state: MonitorState, theme: Theme): DialogPart[] {
  const { overlay, window } = state;
  if (overlay.kind !== 'confirm') return [];
  const { operation, cost = null } = overlay;
  const row = rowOf(window.columns, theme);
  const observation = shown(state);
  const ended = secondsSince(operation.completedAt, observation?.snapshot.takenAt ?? 0, observation?.snapshot.zone);
  const reason = reasonLine(overlay.reason, overlay.editing, state, row);
  return [
    { line: [] },
    { title: `Skip ${operationLabel(operation)}?` },
    row(
      'status',
      statusGlyph(operation.status, theme),
      text(` ${operation.status}${ended === null ? '' : ` ${duration(ended)} ago`}`, statusTone[operation.status]),
    ),
    ...(overlay.isGone === true ? long('now', goneText, 'warn') : []),
    ...pausedByParts(state, overlay),
    ...long('error', operation.errorMessage ?? '', 'bad'),
    ...long('phase, operation', `${operation.phase}, ${operation.operation}`),
    ...long('source query', operation.sourceQuery ?? theme.glyphs.dash),
    ...(overlay.isGone === true
      ? []
      : [
          ...lossParts(state, operation),
          ...costParts(cost, operation),
          ...long('then', 'workers will not pick it up again'),
          reason,
          ...commandPart(commandLine('skip', { ids: [operation.id] }, state.target, overlay.reason.text)),
        ]),
    { line: cutLine(confirmHint(state, overlay), window.columns, theme) },
  ];
}

/** Which records will be missing, and what that means for the validation of the table; nothing if another attempt has completed the work. */
function lossParts(state: MonitorState, operation: Confirm['operation']): DialogPart[] {
  const observation = shown(state);
  const resolution = observation?.triage.of(operation.id)?.resolution;
  if (resolution?.kind === 'resolved')
    return long('records', `none is lost: operation ${resolution.by} has completed its work`);
  const validation = validationParts(observation, operation);
  // The counter of a validation that compared two counts is one of them, not how far it is.
  if (countGapText(operation) !== null) return validation;
  return [...long('records', recordsText(state, operation), 'warn'), ...validation];
}

function validationParts(observation: Observation | null, operation: Confirm['operation']): DialogPart[] {
  // The skip of a validation makes no earlier result invalid.
  if (operation.phase === 'validation') {
    const gap = countGapText(operation);
    const suggestion = observation?.triage.kinds.find(
      ({ kind }) => kind === observation.triage.of(operation.id)?.kind,
    )?.suggestion;
    return [
      ...long('proof', `what it checks stays unproven${gap === null ? '' : `: ${gap}`}`, 'warn'),
      ...(suggestion == null ? [] : long('what helps', suggestion)),
    ];
  }
  const checks = (observation?.snapshot.totals ?? []).find(
    ({ phase, tableName }) => phase === 'validation' && tableName === operation.tableName,
  )?.statuses;
  if ((checks?.completed ?? 0) > 0)
    return long('validation', validatedOneText(observation?.validations.get(operation.tableName) !== 'valid'), 'warn');
  if ((checks?.failed ?? 0) > 0) return long('validation', 'has failed for this table');
  return long('validation', 'has not completed for this table yet');
}

/** Who paused an operation that is paused. */
function pausedByParts(
  { activity, target }: MonitorState,
  { operation: { id, status }, actions }: Confirm,
): DialogPart[] {
  if (status !== 'paused' || !target.isFollowable || activity === null || actions === undefined) return [];
  return long(
    'paused by',
    pausedBy(id, withOtherEntries(activity, actions)) ?? unknownPauser(target.audit !== null),
    'warn',
  );
}

function confirmHint(state: MonitorState, { editing, isGone }: Confirm): Line {
  if (isGone === true) return closingLine(state);
  return [
    text('   '),
    ...(editing
      ? [
          text(keyOf(state, 'apply'), 'accent'),
          text(' confirms the reason, then '),
          text(keyOf(state, 'confirm'), 'accent'),
          text(' skips it, '),
        ]
      : [
          text(keyOf(state, 'confirm'), 'accent'),
          text(' skips it, '),
          text(keyOf(state, 'reason'), 'accent'),
          text(' or '),
          text(keyOf(state, 'other-field'), 'accent'),
          text(' gives a reason, '),
        ]),
    text(keyOf(state, 'back'), 'accent'),
    text(editing ? ' discards the reason.' : ' cancels.'),
  ];
}

function costParts(cost: Confirm['cost'], { phase }: Confirm['operation']): DialogPart[] {
  if (cost === null || cost === undefined) return [];
  const { openOperations, references, attempt } = cost;
  const open = openOperations > 1000 ? 'more than 1,000' : count(openOperations);
  const tables = `${references.slice(0, 5).join(', ')}${references.length > 5 ? ' and more' : ''}`;
  return [
    ...long(
      'other operations',
      openOperations === 0
        ? 'no other operation of this table is open'
        : `${open} in this table ${openOperations === 1 ? 'is' : 'are'} open`,
    ),
    // A validation writes no records.
    ...(references.length === 0 || phase === 'validation'
      ? []
      : long('referenced by', `rows of ${tables} may refer to these records`, 'warn')),
    ...(attempt === null
      ? []
      : long(
          'attempts',
          attempt.kind === 'open'
            ? `operation ${attempt.by} is an open attempt of the same work`
            : `operation ${attempt.by} has completed the same work`,
        )),
  ];
}

/** How many records the operation will not process; by both readings if it is not clear how its table counts. */
function recordsText(state: MonitorState, operation: Operation): string {
  const { phase, tableName, totalRecords } = operation;
  const done = phase === 'execution' ? 'migrated' : phase === 'validation' ? 'checked' : 'processed';
  const processed = operation.recordsProcessed ?? 0;
  const left = (expected: number): string => `${count(Math.max(0, expected - processed))} of ${count(expected)}`;
  const expected = expectedRecordsOf(shown(state), operation);
  if (expected === null) return `not known how many will not be ${done}`;
  if (phase === 'validation')
    return processed >= expected
      ? `it has checked all ${count(expected)}`
      : `it has checked ${count(processed)} of ${count(expected)}: the other ${count(expected - processed)} stay unchecked`;
  const table = shown(state)?.tables.find((one) => one.tableName === tableName);
  const other = totalRecords !== null && totalRecords > 0 && totalRecords !== expected ? totalRecords : null;
  const isBoth = other !== null && table?.counting === 'unclear';
  return `${left(expected)} will not be ${done} by it${isBoth ? `; ${left(other)} if its total is its own` : ''}`;
}
