import { statuses } from '../domain/operation.ts';
import type { Validation } from '../domain/validation.ts';
import { deadlineText, endText, leftOutText } from './ends.ts';
import { count, duration, percent, rate, stallText, tooSlowText, unclearText } from './figures.ts';
import type { StatusDocument } from './status-document.ts';
import type { EndsAt, EtaSeconds } from './status-ends.ts';
import { toWidth, widthOf } from './text-width.ts';

/** The snapshot as plain text, for a pipe, a log or a terminal that cannot be drawn on. No control sequences. */
export function statusText(document: StatusDocument): string {
  const { target, summary } = document;
  const counts = statuses
    .filter((status) => (summary[status] ?? 0) > 0)
    .map((status) => {
      const stalled = status === 'running' && summary.stalled > 0 ? ` (${count(summary.stalled)} stalled)` : '';
      return status === 'failed' ? failedText(summary) : `${count(summary[status])} ${status}${stalled}`;
    });
  const end = endIn(document, summary.etaSeconds, summary.endsAt);
  const due = deadlineIn(document);
  const leftOut = end === '' && due === '' ? '' : leftOutText(summary.notIncluded);
  const unreadable = (summary.unreadable ?? 0) > 0 ? [`${count(summary.unreadable)} unreadable`] : [];
  const isKnown = summary.operations !== null;
  const total = summary.totalRecords === null ? '' : ` of ${count(summary.totalRecords)} (${percent(summary.percent)})`;
  const isUnclear = document.tables.some(({ counting }) => counting === 'unclear');
  const hasEnds = document.tables.some(({ endsAt }) => endsAt !== null);
  const hasValidation = document.tables.some(({ validation }) => validation !== 'none');
  return [
    `${target.user}@${target.host}/${target.database} ${target.table}${document.since === null ? '' : ` since ${document.since.text}`} at ${document.takenAt.replace('T', ' ')}`,
    ...(isKnown
      ? [
          `${summary.currentPhase ?? 'no operations yet'}: ${count(summary.recordsProcessed)}${total} records, ${rate(summary.recordsPerSecond).replace('–', '-')} rec/s${end === '' ? '' : `, ${end.startsWith('~') ? `done in ${end}` : `done ${end}`}`}`,
        ]
      : [tooSlowText]),
    ...[[due, leftOut].filter(Boolean).join('; ')].filter(Boolean),
    [...counts, ...unreadable].join(', ') || (isKnown ? 'no operations' : 'none running, paused or failed'),
    ...(document.visibleRowsOnly ? ['figures include only visible rows (row-level security)'] : []),
    ...(document.proposedSince === null
      ? []
      : [
          `this table holds an earlier run: --since "${document.proposedSince.replace('T', ' ')}" shows only the newest`,
        ]),
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
    ),
    ...section(
      [
        'TABLE',
        'DONE',
        'RECORDS',
        'TOTAL',
        'REC/S',
        ...(hasEnds ? ['DONE AT'] : []),
        'FAILED',
        ...(hasValidation ? ['VALIDATION'] : []),
        ...(isUnclear ? ['COUNTS'] : []),
        'OUTCOME',
      ],
      document.tables.map((table) => [
        table.tableName,
        table.counting === 'unclear' && table.percent !== null ? `${percent(table.percent)}?` : percent(table.percent),
        count(table.recordsProcessed),
        table.totalRecords === null ? '-' : count(table.totalRecords),
        rate(table.recordsPerSecond).replace('–', '-'),
        ...(hasEnds ? [endIn(document, table.etaSeconds, table.endsAt) || '-'] : []),
        count(table.statuses.failed),
        ...(hasValidation ? [validationWords[table.validation]] : []),
        ...(isUnclear ? [table.counting] : []),
        outcomeOf(table),
      ]),
    ),
    ...document.tables
      .filter(({ counting }) => counting === 'unclear')
      .map(({ tableName, reasons }) => `\n${tableName}: ${unclearText(tableName, reasons)}`),
    ...section(
      [
        'ID',
        'STATUS',
        'WORKER',
        'TABLE',
        'OPERATION',
        'RECORDS',
        'ELAPSED',
        ...(summary.stalled > 0 ? ['STALLED'] : []),
      ],
      document.workers.map((worker) => [
        String(worker.id),
        worker.status,
        worker.workerId === null ? '-' : String(worker.workerId),
        worker.tableName,
        worker.operation,
        count(worker.recordsProcessed),
        duration(worker.elapsedSeconds),
        ...(summary.stalled > 0 ? [stallOf(worker)] : []),
      ]),
    ),
    ...failureSections(document),
  ].join('\n');
}

/** `39 unresolved of 63 failed`. */
function failedText({ failed, unresolved }: StatusDocument['summary']): string {
  return unresolved === null ? `${count(failed)} failed` : `${count(unresolved)} unresolved of ${count(failed)} failed`;
}

/** The kinds of failure, the unresolved failed operations, and how many others there are. */
function failureSections({ failures, failureKinds, summary }: StatusDocument): string[] {
  const unresolved = failures.filter(({ resolvedBy, accepted }) => resolvedBy === null && accepted === null);
  const sum = (field: 'failed' | 'unresolved' | 'accepted') => failureKinds.reduce((all, one) => all + one[field], 0);
  const resolved = sum('failed') - sum('unresolved') - sum('accepted');
  const unlisted = (summary.unresolved ?? 0) - unresolved.length;
  const notes = [
    resolved > 0 ? `${count(resolved)} retried successfully` : '',
    sum('accepted') > 0 ? `${count(sum('accepted'))} accepted` : '',
    unlisted > 0 ? `${count(unlisted)} more unresolved` : '',
  ].filter(Boolean);
  return [
    ...section(
      ['UNRESOLVED', 'FAILED', 'NEWEST', 'TABLES', 'KIND'],
      failureKinds.map((one) => [
        count(one.unresolved),
        count(one.failed),
        one.lastSeenAt?.replace('T', ' ') ?? '-',
        one.tables.length > 2
          ? `${one.tables.slice(0, 2).join(', ')} +${one.tables.length - 2}`
          : one.tables.join(', '),
        one.suggestion === null ? one.kind : `${one.kind} (${one.suggestion})`,
      ]),
    ),
    ...section(
      ['FAILED', 'TABLE', 'OPERATION', 'ERROR'],
      unresolved.map(({ id, tableName, operation, errorMessage }) => [
        String(id),
        tableName,
        operation,
        errorMessage ?? '',
      ]),
    ),
    ...(notes.length > 0 ? ['', `not listed: ${notes.join(', ')}`] : []),
  ];
}

const validationWords: Readonly<Record<Validation, string>> = {
  valid: 'passed',
  partial: 'fewer records',
  failed: 'FAILED',
  open: 'open',
  none: '-',
};

/** When work will be done, by the clock of the table, with `-` for a range; '' without an ETA. */
function endIn({ takenAt }: StatusDocument, eta: EtaSeconds | null, ends: EndsAt | null): string {
  if (eta === null || ends === null || ends.low === null || ends.high === null) return '';
  const now = localSecondsOf(takenAt);
  const range = { lowSeconds: localSecondsOf(ends.low) - now, highSeconds: localSecondsOf(ends.high) - now };
  return endText(range, now).replaceAll('–', '-');
}

/** `06:00: late by 0-40 m`; '' without a deadline, and when everything is done. */
function deadlineIn({ deadline, summary }: StatusDocument): string {
  if (deadline === null || deadline.verdict.kind === 'done' || summary.operations === null) return '';
  return `${deadline.text}: ${deadlineText(deadline.verdict).replaceAll('–', '-')}`;
}

function localSecondsOf(timestamp: string): number {
  return Date.parse(`${timestamp}Z`) / 1000;
}

/** Why an operation counts as stalled, with the session that it waits for. */
function stallOf({ stall, waitsFor }: StatusDocument['workers'][number]): string {
  const [first] = waitsFor;
  if (stall === null) return '';
  if (stall.kind !== 'blocked' || first === undefined) return stallText(stall);
  const { pid, application, user, operationId } = first;
  const name = operationId === null ? (application ?? user ?? '') : `of operation ${operationId}`;
  return `stalled ${duration(stall.seconds)}, waits for ${pid === 0 ? 'a prepared transaction' : `pid ${pid} ${name}`.trimEnd()}`;
}

/** The outcome of a table, and how many of its operations were skipped. */
function outcomeOf({ outcome, statuses: counts }: StatusDocument['tables'][number]): string {
  return [outcome ?? '', counts.skipped > 0 ? `${count(counts.skipped)} skipped` : ''].filter(Boolean).join(', ');
}

function section(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ['', ...grid(titles, rows)];
}

/** Columns as wide as their widest cell; figures to the right, texts to the left, the last one as it is. */
function grid(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const isFigure = titles.map(
    (_, column) => column > 0 && rows.every((row) => /^[\d.,?%\-kMG ]*[smhd%]?$/.test(row[column] ?? '')),
  );
  return [titles, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column === titles.length - 1 && !isFigure[column]
          ? cell
          : toWidth(cell, widths[column] ?? 0, isFigure[column] ? 'right' : 'left'),
      )
      .join('  ')
      .trimEnd(),
  );
}
