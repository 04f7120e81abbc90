import type { BulkPlan } from '../domain/bulk-actions.ts';
import { claimersOf } from '../domain/claimers.ts';
import { hasMark } from '../domain/mark.ts';
import type { Observation } from '../domain/observation.ts';
import { type Operation, secondsSince } from '../domain/operation.ts';
import { seenSeconds } from '../domain/seen-workers.ts';
import { expectedRecordsOf } from '../domain/shared-total.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { type BulkDialog, confirmedCount, isConfirmed, otherPart, typedId } from '../monitor/bulk-dialog.ts';
import { watchedRetry } from '../monitor/canary.ts';
import { keyOf } from '../monitor/commands.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { commandLine, reasonOption } from '../presentation/command-line.ts';
import { count, duration } from '../presentation/figures.ts';
import { cutLine, text, typedPart } from '../presentation/line.ts';
import { workElsewhere } from '../presentation/not-begun.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { planText } from '../presentation/plan-text.ts';
import { skipCostTexts } from '../presentation/skip-cost-text.ts';
import type { Line, Segment, Theme } from '../presentation/theme.ts';
import {
  closingLine,
  commandPart,
  type DialogPart,
  type DialogRow,
  long,
  nameColumns,
  reasonLine,
  rowOf,
} from './dialog-parts.ts';

/** The dialog before an action on many operations, a retry or a take over. */
export function bulkParts(state: MonitorState, dialog: BulkDialog, theme: Theme): DialogPart[] {
  const { columns } = state.window;
  const row = rowOf(columns, theme);
  const { plan, action, what, part, number } = dialog;
  const typing = part === 'number' ? typedPart(number, columns - nameColumns - 1) : null;
  const all = plan?.changes.length ?? 0;
  const id = typedId(dialog);
  const isOne = part === 'keys' || all === 1;
  const first = firstOf(dialog);
  const isFirst = first !== null && confirmedCount(dialog) === 1;
  const total = isFirst ? 1 : all;
  // The title says already that one operation will be retried.
  const says = plan === null || !isOne || plan.refused.length > 0;
  // All its rows were deleted while it was open.
  if (plan !== null && all === 0)
    return [
      { line: [] },
      { title: `${titles[action]} ${what}?` },
      ...long('operations', planText(action, plan), 'warn'),
      { line: [] },
      { line: cutLine(closingLine(state), columns, theme) },
    ];
  return [
    { line: [] },
    {
      title: `${titles[action]} ${isFirst ? `${operationLabel(first)} first, of ${what}` : changedOf(what, plan)}?`,
    },
    ...(dialog.takeOver === null && says
      ? long('operations', plan === null ? 'reading the operations …' : plannedText(dialog, isFirst), 'warn')
      : []),
    ...takeOverParts(dialog, state, row),
    ...(dialog.cost === null
      ? []
      : skipCostTexts(dialog.cost).flatMap(({ name, says, tone }) => long(name, says, tone))),
    ...(action === 'retry' ? long('then', `${addedText(total)}${isFirst ? ', and migtop watches it' : ''}`) : []),
    ...(action === 'retry' ? watchedParts(dialog, state) : []),
    ...(action === 'skip' ? [] : long('workers', whoClaims(state, total, plan))),
    reasonLine(dialog.reason, part === 'reason', state, row),
    ...commandPart(`${commandOf(dialog, isFirst ? first : null, state)}${reasonOption(dialog.reason.text)}`),
    { line: [] },
    ...(part === 'keys'
      ? []
      : [
          {
            ...row(
              id === null ? `type ${all === 0 ? 'the number' : count(all)}` : `type the id ${id}`,
              text(typing?.text ?? number.text),
            ),
            ...(typing === null ? {} : { caret: nameColumns + typing.column }),
          },
        ]),
    ...(first === null
      ? []
      : long(
          '',
          isFirst
            ? `or type ${count(all)}: it retries all`
            : `or type 1: it retries operation ${first.id} first, and watches it`,
          'dim',
        )),
    { line: cutLine(answerLine(state, dialog), columns, theme) },
  ];
}

/** The failure of a kind that `1` retries before the others; null if the dialog does not offer it. */
function firstOf({ failureKind, part, plan }: BulkDialog): Pick<Operation, 'id' | 'tableName'> | null {
  const [first, ...others] = plan?.changes ?? [];
  if (failureKind === null || part === 'keys' || first === undefined || others.length === 0) return null;
  return { id: first.transition.id, tableName: first.tableName };
}

/** How many operations the dialog changes, with the number that is typed. */
function plannedText({ action, plan }: BulkDialog, isFirst: boolean): string {
  if (plan === null) return '';
  if (!isFirst) return planText(action, plan);
  const others = plan.changes.length - 1;
  return `1 operation will be retried, the other ${count(others)} not yet`;
}

/** The command line that does the same as the dialog, with the number that is typed. */
function commandOf({ action, command }: BulkDialog, first: Pick<Operation, 'id'> | null, state: MonitorState): string {
  return first === null ? command : commandLine(action, { ids: [first.id] }, state.target);
}

/** The subject with the number that changes, if that is not all of it: `11 of 12 unresolved failures: …`. */
function changedOf(what: string, plan: BulkPlan | null): string {
  const changed = plan?.changes.length ?? 0;
  return plan === null || plan.refused.length === 0
    ? what
    : what.replace(/^\d[\d,]*/, (all) => `${count(changed)} of ${all}`);
}

/** The keys that answer the dialog, with what each does now. */
function answerLine(state: MonitorState, dialog: BulkDialog): Line {
  const { action, part, plan } = dialog;
  const key = (id: string): Segment => text(keyOf(state, id), 'accent');
  const isOne =
    part === 'keys' || typedId(dialog) !== null || plan?.changes.length === 1 || confirmedCount(dialog) === 1;
  const what = does[action].replace('…', isOne ? 'it' : 'them');
  const number = typedId(dialog) === null ? 'number' : 'id';
  if (part === 'reason') {
    if (isConfirmed(dialog)) return [text('   '), key('apply'), text(` ${what} with this reason, `), ...cancel(key)];
    const then =
      otherPart(dialog).part === 'keys'
        ? [text(', then '), key('confirm-many'), text(` ${what}, `)]
        : [text(` and goes to the ${number}, `)];
    return [text('   '), key('apply'), text(' confirms the reason'), ...then, ...cancel(key)];
  }
  const after = part === 'number' && !isConfirmed(dialog) ? ` after the ${number}` : '';
  return [
    text('   '),
    key(part === 'keys' ? 'confirm-many' : 'confirm-number'),
    ...(part === 'keys' && action === 'retry' ? [text(' or '), key('confirm-retry')] : []),
    text(` ${what}${after}, `),
    key('reason'),
    text(' or '),
    key('other-field'),
    text(' gives a reason, '),
    ...cancel(key),
  ];
}

function cancel(key: (id: string) => Segment): Line {
  return [key('back'), text(' cancels.')];
}

function addedText(operations: number): string {
  if (operations === 0) return 'a pending operation is added for each';
  return operations === 1
    ? 'a pending operation with the same work is added'
    : `${count(operations)} pending operations with the same work are added`;
}

/** A line if the watched retry of one failure of the kind has not ended: its cause may make the others fail too. */
function watchedParts({ failureKind, mates }: BulkDialog, state: MonitorState): DialogPart[] {
  const observation = shown(state);
  const watched = observation === null ? null : watchedRetry(state, observation);
  const kind = failureKind ?? mates?.failureKind ?? watched?.failureKind;
  if (watched === null || watched.status === 'completed' || kind !== watched.failureKind) return [];
  return long('watched', `${watched.text}: it has not shown yet whether a retry helps`, 'warn');
}

const titles = { skip: 'Skip', retry: 'Retry', takeover: 'Take over' } as const;
const does = { skip: 'skips …', retry: 'retries …', takeover: 'takes … over' } as const;

/** Which workers are seen that can claim pending operations: those that work, and those that have worked until some minutes ago. */
function whoClaims(state: MonitorState, operations: number, plan: BulkPlan | null): string {
  const observation = shown(state);
  const them = operations === 1 ? 'it' : 'them';
  const start = 'A worker that waits for work is not seen: if there is none, start one';
  if (observation === null || observation.snapshot.hasSessions === false)
    return `the server does not show the sessions of workers. ${start}`;
  const { known, able, halted, others, waiting } = claimersOf(
    observation.snapshot,
    stallsOf(observation),
    observation.seenWorkers,
  );
  // Line 3 counts the operations of all of them.
  const all = known + others.length;
  const not = [
    ...(halted.length === 0 ? [] : [`${namesText(halted, 'is', 'are')} stalled or paused`]),
    ...(others.length === 0 ? [] : [`${namesText(others, 'does', 'do')} not use migtop/worker`]),
  ].join(', ');
  if (able > 0)
    return `${able === all ? workersText(all) : `${count(able)} of ${workersText(all)}`} can claim ${them}${[not, elsewhere(observation, plan)].map((one) => (one === '' ? '' : `; ${one}`)).join('')}`;
  const [last] = waiting;
  const none = all === 0 ? '' : `of ${workersText(all)} with an operation none can claim ${them}: ${not}. `;
  if (last !== undefined) {
    const who = waiting.length === 1 ? `worker ${last.workerId}` : workersText(waiting.length);
    const ended = waiting.length === 1 ? 'ended its operation' : 'ended their operations, the last one';
    return `${none}${none === '' ? '' : 'But '}${who} ${ended} ${duration(last.seconds)} ago, and may wait for work and claim ${them}`;
  }
  const nobody = all === 0 ? `no worker is seen that can claim ${them}. ` : none;
  return `${nobody}No other worker of migtop/worker ended an operation in the last ${minutes(seenSeconds)}: if none waits for work, start one`;
}

/** Says which of the phases of the operations has no worker, if there is one. */
function elsewhere(observation: Observation, plan: BulkPlan | null): string {
  const known = (plan?.changes ?? []).flatMap(({ transition: { id } }) => observation.triage.of(id)?.phase ?? []);
  return [...new Set(known)].flatMap((phase) => workElsewhere(observation, phase) ?? []).join('; ');
}

/** `worker 7 is`, `workers 7, 19 are`; of many the number too: `12 (workers 1, 2, 3, 4, …) are`. */
function namesText(names: readonly (number | string)[], one: string, many: string): string {
  const sorted = names.toSorted((a, b) => String(a).localeCompare(String(b), 'en', { numeric: true }));
  const named = `${names.length === 1 ? 'worker' : 'workers'} ${sorted.slice(0, mostNames).join(', ')}`;
  const verb = names.length === 1 ? one : many;
  return names.length > mostNames ? `${count(names.length)} (${named}, and others) ${verb}` : `${named} ${verb}`;
}

const mostNames = 4;

const minutes = (seconds: number): string => `${Math.round(seconds / 60)} minutes`;

const workersText = (workers: number): string => `${count(workers)} ${workers === 1 ? 'worker' : 'workers'}`;

/** Lines about the worker of the operation, and about the effects of a take over. */
function takeOverParts({ action, takeOver }: BulkDialog, state: MonitorState, row: DialogRow): DialogPart[] {
  if (action !== 'takeover') return [];
  if (takeOver === null) return long('then', 'pending again; the next workers continue after their records');
  const { operation, known } = takeOver;
  const { snapshot } = shown(state) ?? {};
  const begun = secondsSince(operation.startedAt, snapshot?.takenAt ?? 0, snapshot?.zone);
  const worker = operation.workerId === null ? 'no worker' : `worker ${operation.workerId}`;
  const since = begun === null ? '' : `, begun ${duration(begun)} ago`;
  const isRefused = hasMark(operation);
  const returns = isRefused
    ? 'its reports are refused, a batch in a transaction is rolled back'
    : 'it may go on writing: then two write the same records';
  return [
    row('status', text(`${operation.status}${since}, ${recordsText(state, operation)}`)),
    ...(known.kind === 'dead'
      ? long('its worker', `${worker} is dead: no connection has its name any more`)
      : long('its worker', worker)),
    ...(known.kind === 'unproven' ? long('is it dead', `not known: ${known.why}`, 'warn') : []),
    ...long('then', 'pending again; the next worker continues after its records'),
    ...long('if it comes back', returns, isRefused ? 'plain' : 'warn'),
  ];
}

function recordsText(state: MonitorState, operation: Operation): string {
  const done = Math.max(0, operation.recordsProcessed ?? 0);
  const expected = expectedRecordsOf(shown(state), operation);
  return expected === null ? `${count(done)} records` : `${count(done)} of ${count(expected)} records`;
}
