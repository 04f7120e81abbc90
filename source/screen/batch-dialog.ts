import { expectedRecords, type Operation, secondsSince } from '../domain/operation.ts';
import type { SkipCosts } from '../domain/skip-costs.ts';
import { isOfLibrary } from '../domain/takeover.ts';
import { type BatchDialog, typedId } from '../monitor/batch-dialog.ts';
import { keyOf } from '../monitor/commands.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { planText } from '../presentation/batch-text.ts';
import { reasonOption } from '../presentation/command-line.ts';
import { count, duration } from '../presentation/figures.ts';
import { cutLine, text, typedPart } from '../presentation/line.ts';
import type { Theme } from '../presentation/theme.ts';
import { type DialogPart, type DialogRow, long, nameColumns, reasonLine, rowOf } from './dialog-parts.ts';

/** The dialog before an action on many operations, a retry or a take over. */
export function batchParts(state: MonitorState, dialog: BatchDialog, theme: Theme): DialogPart[] {
  const { columns } = state.window;
  const row = rowOf(columns, theme);
  const { plan, action, what, part, number } = dialog;
  const typing = part === 'number' ? typedPart(number, columns - nameColumns - 1) : null;
  const total = plan?.changes.length ?? 0;
  const id = typedId(dialog);
  return [
    { line: [] },
    { title: `${titles[action]} ${what}?` },
    ...(dialog.takeOver === null
      ? long('operations', plan === null ? 'reading the operations' : planText(action, plan), 'warn')
      : []),
    ...takeOverParts(dialog, state, row),
    ...(dialog.cost === null ? [] : costParts(dialog.cost)),
    ...(action === 'skip' ? [] : long('who claims it', whoClaims(state))),
    reasonLine(dialog.reason, part === 'reason', state, row),
    ...long('same as', `${dialog.command}${reasonOption(dialog.reason.text)}`, 'dim'),
    { line: [] },
    ...(part === 'keys'
      ? [
          {
            line: cutLine(
              [
                text('   '),
                text(keyOf(state, 'confirm-batch'), 'accent'),
                text(action === 'takeover' ? ' takes it over, ' : ` ${does[action]} it, `),
                text(keyOf(state, 'reason'), 'accent'),
                text(' gives a reason, '),
                text(keyOf(state, 'back'), 'accent'),
                text(' keeps it.'),
              ],
              columns,
              theme,
            ),
          },
        ]
      : [
          {
            ...row(
              id === null ? `type ${total === 0 ? 'the number' : count(total)}` : `type the id ${id}`,
              text(typing?.text ?? number.text),
            ),
            ...(typing === null ? {} : { caret: nameColumns + typing.column }),
          },
          {
            line: cutLine(
              [
                text('   '),
                text(keyOf(state, 'confirm-number'), 'accent'),
                text(id === null ? ` ${does[action]} that many, ` : ' takes it over, '),
                text(keyOf(state, 'other-field'), 'accent'),
                text(' gives a reason, '),
                text(keyOf(state, 'back'), 'accent'),
                text(id === null ? ' keeps them.' : ' keeps it.'),
              ],
              columns,
              theme,
            ),
          },
          ...(dialog.failureKind === null ? [] : [row('', text('1 retries one first, and watches it', 'dim'))]),
        ]),
  ];
}

const titles = { skip: 'Skip', retry: 'Retry', takeover: 'Take over' } as const;
const does = { skip: 'skips', retry: 'retries', takeover: 'takes over' } as const;

/** Whether a worker that claims pending operations was seen. */
function whoClaims(state: MonitorState): string {
  const workers = new Set((shown(state)?.snapshot.sessions ?? []).map(({ workerId }) => workerId));
  if (workers.size === 0) return 'no worker of migtop/worker is connected: start one that claims it';
  return `a worker that claims pending operations: ${workers.size} of migtop/worker ${workers.size === 1 ? 'is' : 'are'} connected`;
}

/** What is known of the worker of the operation, and what follows from a take over. */
function takeOverParts({ action, takeOver }: BatchDialog, state: MonitorState, row: DialogRow): DialogPart[] {
  if (action !== 'takeover') return [];
  if (takeOver === null) return long('then', 'pending again; the next workers continue after their records');
  const { operation, known } = takeOver;
  const { snapshot } = shown(state) ?? {};
  const begun = secondsSince(operation.startedAt, snapshot?.takenAt ?? 0, snapshot?.zone);
  const worker = operation.workerId === null ? 'no worker' : `worker ${operation.workerId}`;
  const since = begun === null ? '' : `, begun ${duration(begun)} ago`;
  const returns = isOfLibrary(operation)
    ? 'its report is refused, a batch in a transaction undone'
    : 'it may go on writing: then two write the same records';
  return [
    row('is', text(`${operation.status}${since}, ${recordsText(operation)}`)),
    ...(known.kind === 'dead'
      ? long('its worker', `${worker} is dead: no connection has its name any more`)
      : long('its worker', `${worker}: not known whether it is dead`, 'warn')),
    ...(known.kind === 'unproven' ? long('not known', known.why, 'warn') : []),
    ...long('then', 'pending again; the next worker continues after its records'),
    ...long('if it comes back', returns, isOfLibrary(operation) ? 'plain' : 'warn'),
  ];
}

function recordsText({ recordsProcessed, totalRecords, batchSize }: Operation): string {
  const done = Math.max(0, recordsProcessed ?? 0);
  const expected = expectedRecords(done, totalRecords, batchSize);
  return expected === null ? `${count(done)} records` : `${count(done)} of ${count(expected)} records`;
}

/** What a skip of many costs: as the dialog of one says it, added up. */
function costParts(cost: SkipCosts): DialogPart[] {
  const { records, validations, validatedTables, tables, attempts, operations, read, ownOpen } = cost;
  const copied = operations > validations;
  const left = `${count(records.left)} will not be migrated by them`;
  const own = records.ifOwn === null ? '' : `; ${count(records.ifOwn)} if the totals are their own`;
  const unknown = records.unknown === 0 ? '' : `; not known of ${count(records.unknown)} operations`;
  const others = read === null ? null : Math.max(0, read.open - ownOpen);
  const of = tables.length === 1 ? 'this table' : `these ${count(tables.length)} tables`;
  const names = read?.references.slice(0, 5).join(', ') ?? '';
  const more = [
    ...(attempts.open > 0 ? [`${count(attempts.open)} have another attempt that is open`] : []),
    ...(attempts.done > 0 ? [`${count(attempts.done)} were completed by a later one`] : []),
  ];
  const validated =
    validatedTables === 0
      ? long('validation', `has not completed for ${of} yet`)
      : tables.length === 1
        ? long('validation', 'has completed for this table: its result will no longer be valid', 'warn')
        : long('validation', `completed for ${count(validatedTables)} of ${of}: no longer valid then`, 'warn');
  const open = (read?.open ?? 0) > 100_000 ? 'more than 100,000' : count(others);
  const many = (read?.references.length ?? 0) > 5 ? ' and more' : '';
  return [
    ...long('records', `${left}${own}${unknown}`, 'warn'),
    ...(validations === 0
      ? []
      : long('validation', `the results of ${count(validations)} operations stay unproven`, 'warn')),
    ...(copied ? validated : []),
    ...(others === null
      ? []
      : long('other operations', others === 0 ? `no other in ${of} is open` : `${open} in ${of} are open`)),
    ...(names === '' ? [] : long('referenced by', `${names}${many}: their rows may need these`, 'warn')),
    ...long('attempts', more.join('; ')),
  ];
}
