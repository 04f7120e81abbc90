import { statuses } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { dash } from './columns.ts';
import { measuredText } from './condition-text.ts';
import { earlierLines } from './earlier-text.ts';
import { lastTableText, leftOutTexts, namesLeftOut } from './ends.ts';
import { count, duration, minuteText, rate, stalledText, tooSlowText, unclearText } from './figures.ts';
import { recordsText } from './more-records.ts';
import { noEtaText } from './no-eta-text.ts';
import { noPhaseText } from './no-operations.ts';
import { grid, section } from './plain-grid.ts';
import { retriedNotes, unresolvedOfFailed } from './retried-text.ts';
import { statusActionRows } from './status-action-rows.ts';
import type { StatusDocument } from './status-document.ts';
import { mostTables, tableSection } from './status-tables.ts';
import { advisedSample, deadlineIn, endIn, retriesIn, stallIn, standstillIn, suspicionLines } from './status-words.ts';
import { truncate, widthOf, wrap } from './text-width.ts';

/** Maximum number of operations, tables and actions that are listed: the rest is in the JSON, in the export and on the screen. */
const mostOperations = 30;
const mostFailures = 5;
const mostKinds = 12;
const mostUnclear = 3;
const mostActions = 5;

/**
 * The snapshot as plain text, for a pipe, a log or a terminal that cannot be drawn on. No control sequences.
 *
 * @param columns maximum width of a line
 * @param place the connection, as words of a command line with a blank before them, for the commands that are named
 */
export function statusText(document: StatusDocument, columns = Number.POSITIVE_INFINITY, place = ''): string {
  const { target, summary } = document;
  const counts = statuses
    .filter((status) => (summary[status] ?? 0) > 0)
    .map((status) => {
      const own = document.workers.filter((worker) => worker.status === status && worker.stall !== null);
      const suspected = own.filter(({ stall }) => stall?.kind === 'suspected').length;
      const stalled = own.length > 0 ? ` (${stalledText(own.length, suspected)})` : '';
      const going = document.workers.filter((worker) => worker.status === status && worker.notStopped).length;
      const notStopped = going > 0 ? ` (${count(going)} not stopped)` : '';
      return status === 'failed' ? failedText(document) : `${count(summary[status])} ${status}${stalled}${notStopped}`;
    });
  const due = deadlineIn(document);
  const endOnly = endIn(document, summary.etaSeconds, summary.endsAt);
  const end =
    endOnly === ''
      ? ''
      : `${endOnly}${document.deadline?.verdict.kind === 'late' ? '' : lastTableText(summary.lastTable)}${isRateKnown(summary) ? '' : ' (by earlier batches)'}`;
  const isNamed = due !== '' && document.deadline !== null && namesLeftOut(document.deadline.verdict);
  const leftOut = isNamed || end === '' ? '' : (leftOutTexts(summary.notIncluded)[0] ?? '');
  const still = end === '' ? standstillIn(document) : '';
  const isWhySaid = end !== '' || still !== '' || due !== '';
  const why = isWhySaid || summary.whyNoEta === null ? '' : noEtaText(summary.whyNoEta);
  const unreadable = (summary.unreadable ?? 0) > 0 ? [`${count(summary.unreadable)} unreadable`] : [];
  const isKnown = summary.operations !== null;
  // A column whose cells are all the same says nothing.
  const hasOperations =
    document.workers.length < 2 || new Set(document.workers.map(({ operation }) => operation)).size > 1;
  const hasRates = document.workers.some(({ recordsPerSecond }) => (recordsPerSecond ?? 0) > 0);
  const hasWhy = summary.stalled > 0 || document.workers.some((worker) => stallIn(worker) !== '');
  const summaryLines = [
    `${target.user}@${target.host}/${target.database} ${target.table}${document.since === null ? '' : ` since ${document.since.text}`} at ${document.takenAt.replace('T', ' ')}`,
    ...(isKnown
      ? [
          `${summary.currentPhase ?? noPhaseText(document.since)}: ${recordsText(summary)}, ${rateText(document)}${end === '' ? '' : `, ${end.startsWith('~') ? `done in ${end}` : `done ${end}`}`}`,
        ]
      : [tooSlowText]),
    ...(still === '' ? [] : [still]),
    ...(why === '' ? [] : [why]),
    ...[[due, leftOut === '' ? '' : `ETA ${leftOut}`].filter(Boolean).join('; ')].filter(Boolean),
    [...counts, ...unreadable].join(', ') || (isKnown ? 'no operations' : 'none running, paused or failed'),
    ...suspicionLines(document),
    ...earlierLines(document),
    ...(document.visibleRowsOnly ? ['figures include only visible rows (row-level security)'] : []),
    ...(document.proposedSince === null
      ? []
      : [
          `this table holds an earlier run: --since "${document.proposedSince.replace('T', ' ')}" shows only the newest`,
        ]),
  ];
  return [
    ...summaryLines.flatMap((line) => wrap(line, columns)),
    '',
    ...grid(
      ['PHASE', 'OPERATIONS', 'DONE', 'RUNNING', 'PAUSED', 'FAILED', 'PENDING', 'SKIPPED'],
      document.phases.map((phase) => [
        phase.phase,
        ...[
          phase.operations,
          phase.completed,
          phase.running,
          phase.paused,
          phase.failed,
          phase.pending,
          phase.skipped,
        ].map((value) => count(value)),
      ]),
      columns,
    ),
    ...tableSection(document, columns),
    ...more(document.tables.length - mostTables, 'tables', 'migtop status --json', columns),
    ...document.tables
      .filter(({ counting }) => counting === 'unclear')
      .slice(0, mostUnclear)
      .flatMap(({ tableName, reasons }) => ['', ...wrap(`${tableName}: ${unclearText(tableName, reasons)}`, columns)]),
    ...section(
      [
        'ID',
        'STATUS',
        'WORKER',
        'TABLE',
        ...(hasOperations ? ['OPERATION'] : []),
        'RECORDS',
        ...(hasRates ? ['REC/S'] : []),
        'ELAPSED',
        ...(hasWhy ? [summary.stalled > 0 ? 'STALLED' : 'WAITS'] : []),
      ],
      document.workers
        .slice(0, mostOperations)
        .map((worker) => [
          String(worker.id),
          worker.status,
          worker.workerId === null ? dash : String(worker.workerId),
          worker.tableName,
          ...(hasOperations ? [worker.operation] : []),
          count(worker.recordsProcessed),
          ...(hasRates ? [rate(worker.recordsPerSecond)] : []),
          duration(worker.elapsedSeconds),
          ...(hasWhy ? [stallIn(worker)] : []),
        ]),
      columns,
    ),
    ...more(
      document.workers.length - mostOperations,
      'running or paused',
      `migtop export${place} --where 'status:running,paused'`,
      columns,
    ),
    ...failureSections(document, columns, place),
    ...actionSection(document, columns),
  ].join('\n');
}

/** Whether nothing is open and no failure is unresolved, as on line 2 of the screen. */
function isDone({ operations, unreadable, unresolved, ...statuses }: StatusDocument['summary']): boolean {
  const { running, pending, paused } = statuses;
  return (operations ?? 0) > 0 && [running, pending, paused, unreadable, unresolved].every((rows) => rows === 0);
}

/** Whether the rate was measured, or nothing runs that has one. */
function isRateKnown({ recordsPerSecond, running }: StatusDocument['summary']): boolean {
  return recordsPerSecond !== null || (running ?? 0) === 0;
}

/**
 * The rate; where the sample was too short for one, how it is measured: the ETA is by batches that ended before. Some operations may have
 * a rate all the same, in the list.
 */
function rateText(document: StatusDocument): string {
  const { summary, workers } = document;
  if (isDone(summary)) return 'done';
  if (isRateKnown(summary)) return `${rate(summary.recordsPerSecond)} rec/s`;
  const running = workers.filter(({ status }) => status === 'running');
  const operations = running.filter(({ recordsPerSecond }) => recordsPerSecond !== null).length;
  return measuredText({ operations, running: running.length }, advisedSample(document));
}

/** `39 unresolved (11 retrying) of 63 failed`. */
function failedText(document: StatusDocument): string {
  const { failed, unresolved } = document.summary;
  if (unresolved === null || failed === null) return `${count(failed)} failed`;
  return unresolvedOfFailed(unresolved, retriesIn(document, document.summary), failed);
}

/** The kinds of failure, the newest unresolved failure of each, and how many others there are. */
function failureSections(document: StatusDocument, columns: number, place: string): string[] {
  const { failures, failureKinds, summary, takenAt } = document;
  const unresolved = failures.filter(({ resolvedBy, accepted }) => resolvedBy === null && accepted === null);
  const newest = [...new Map(unresolved.toReversed().map((failure) => [failure.kind, failure])).values()]
    .toReversed()
    .slice(0, mostFailures);
  const sum = (field: 'resolved' | 'unresolved' | 'accepted' | 'skipped' | 'beingRetried') =>
    failureKinds.reduce((all, one) => all + one[field], 0);
  const resolved = sum('resolved');
  const unlisted = Math.max(sum('unresolved'), summary.unresolved ?? 0) - newest.length;
  const notes = [
    resolved > 0 ? `${count(resolved)} resolved` : '',
    sum('accepted') > 0 ? `${count(sum('accepted'))} accepted` : '',
    sum('skipped') > 0 ? `${count(sum('skipped'))} skipped since they failed` : '',
    unlisted > 0 ? `${count(unlisted)} more unresolved (migtop export${place} --where is:unresolved)` : '',
  ].filter(Boolean);
  const kinds = failureKinds.filter(({ unresolved: open }) => open > 0);
  const hasRetries = kinds.some(({ beingRetried }) => beingRetried > 0);
  return [
    ...section(
      ['UNRESOLVED', 'FAILED', ...(hasRetries ? ['RETRIES'] : []), 'NEWEST', 'TABLES', 'KIND'],
      kinds
        .slice(0, mostKinds)
        .map((one) => [
          count(one.unresolved),
          count(one.failed),
          ...(hasRetries ? [retriedNotes(retriesIn(document, one), one.unresolved)[0] ?? dash] : []),
          minuteOf(one.lastSeenAt, takenAt),
          one.tables.length > 1
            ? `${truncate(one.tables[0] ?? '', columns === Number.POSITIVE_INFINITY ? columns : 16)} +${one.tables.length - 1}`
            : one.tables.join(', '),
          one.kind,
        ]),
      columns,
    ),
    ...kinds
      .slice(0, mostKinds)
      .flatMap(({ kind, suggestion }) => (suggestion === null ? [] : ['', ...wrap(`${kind}: ${suggestion}`, columns)])),
    ...errorSection(newest, columns),
    ...(notes.length > 0 ? ['', ...wrap(`not listed: ${notes.join(', ')}`, columns)] : []),
  ];
}

/** The newest failure of each kind, with its error: in one line each if all of them fit, else below their names. */
function errorSection(failures: StatusDocument['failures'], columns: number): string[] {
  const rows = failures.map(({ id, tableName, operation, errorMessage }) => [
    String(id),
    tableName,
    operation,
    errorMessage ?? '',
  ]);
  const lines = section(['NEWEST FAILED', 'TABLE', 'OPERATION', 'ERROR'], rows);
  if (lines.every((line) => widthOf(line) <= columns)) return lines;
  const named = section(
    ['NEWEST FAILED', 'TABLE', 'OPERATION'],
    rows.map((row) => row.slice(0, 3)),
    columns,
  );
  const errors = failures.map(({ errorMessage }) =>
    wrap(errorMessage ?? '', Math.max(1, columns - 2)).map((line) => `  ${line}`.trimEnd()),
  );
  // An empty line and the titles are before the first failure.
  return named.flatMap((line, index) => [line, ...(errors[index - 2] ?? [])]);
}

/** The last actions of operators, and what followed. */
function actionSection({ activity, takenAt }: StatusDocument, columns: number): string[] {
  return section(
    ['LAST ACTIONS', 'WHO', 'ACTION', 'ID', 'RESULT', 'REASON'],
    statusActionRows(activity)
      .slice(0, mostActions)
      .map(({ action: { at, action, reason, ...operator }, id, result }) => [
        minuteOf(at, takenAt),
        operatorName(operator),
        action,
        id,
        result,
        reason ?? '',
      ]),
    columns,
  );
}

/** `11-26 10:21`, of another year `2025-12-31`; a dash if unknown. */
function minuteOf(timestamp: string | null, takenAt: string): string {
  return timestamp === null ? dash : minuteText(timestamp, takenAt).replace('T', ' ');
}

/** How many are not listed, and the command that lists them. */
function more(left: number, what: string, command: string, columns: number): string[] {
  return left > 0 ? wrap(`${count(left)} more ${what}: ${command}`, columns) : [];
}
