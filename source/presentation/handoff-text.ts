import type { LongText } from '../domain/long-text.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { type CommandTarget, commandLine } from './command-line.ts';
import { detailFields, loadedRange, spanText } from './detail-fields.ts';
import { secondText } from './figures.ts';
import { cell, fenced, table } from './markdown.ts';
import { betweenText, betweenTitle, type OperationRecord, recordedWord } from './operation-record.ts';
import { redactedOperation } from './redacted-operation.ts';
import { statusChange } from './status-change.ts';

/** The data of a handoff. */
export interface Handoff {
  readonly detail: OperationDetail;
  readonly record: OperationRecord;
  readonly target: CommandTarget;
  /** Whether values in errors and queries are replaced by `…`. */
  readonly redact: boolean;
}

/** The detail with its values taken out: error and queries, also those of the other attempts. */
export function redacted(detail: OperationDetail): OperationDetail {
  return {
    ...detail,
    operation: redactedOperation(detail.operation),
    attempts: detail.attempts.map(redactedOperation),
  };
}

/** The command line that shows the operation. */
export function showCommand({ operation }: OperationDetail, target: CommandTarget): string {
  return commandLine('show', { ids: [operation.id] }, target);
}

/** Everything about one operation as Markdown, for a ticket or a colleague. Ends with a line end. */
export function handoffMarkdown({ detail: given, record, target, redact }: Handoff): string {
  const detail = redact ? redacted(given) : given;
  const { operation, zone } = detail;
  const { at } = record;
  const sections = [
    heading(operation),
    [
      `- database: ${cell(`${target.database} at ${target.host}, as ${target.user}`)}`,
      `- table: ${cell(visibleName(target.table))}`,
      `- read: ${readText(detail, at)}`,
      `- status: ${operation.status}`,
      ...record.facts.map((fact) => `- ${fact.name}: ${cell(redact ? (fact.redacted ?? fact.value) : fact.value)}`),
      ...(redact ? ['- values in errors and queries are left out'] : []),
    ],
    textSection('Error', 'errorMessage', '', detail),
    textSection('Source query', 'sourceQuery', 'sql', detail),
    textSection('Validation query', 'validationQuery', 'sql', detail),
    attemptsSection(redact ? record.attempts.map(redactedOperation) : record.attempts, at, detail),
    betweenSection(record),
    actionsSection(record, detail),
    [
      '## All fields',
      '',
      ...table(
        ['field', 'value'],
        detailFields(operation, at, zone, record.isOtherZone, record.isTableTotal).map(([name, value]) => [
          name,
          value,
        ]),
      ),
      ...(detail.problems ?? []).map((problem) => `\n${cell(problem)}`),
    ],
    ['## Commands', '', ...fenced(showCommand(detail, target), 'sh')],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function heading({ id, phase, tableName, operation, status }: Operation): string[] {
  return [`# Operation ${id}: ${cell(tableName)}, ${phase}, ${cell(operation)}: ${status}`];
}

function textSection(title: string, field: LongText, language: string, detail: OperationDetail): string[] {
  const text = detail.operation[field];
  if (text === null || text === '') return field === 'errorMessage' ? [`## ${title}`, '', 'none'] : [];
  const loaded = detail.windows?.[field];
  return [
    `## ${title}`,
    '',
    ...(loaded === undefined ? [] : [`${loadedRange(loaded)}:`, '']),
    ...fenced(text, language),
  ];
}

function attemptsSection(attempts: readonly Operation[], at: number, detail: OperationDetail): string[] {
  if (attempts.length === 0) return [];
  const rows = attempts.map((attempt) => [
    `${attempt.id}${attempt.id === detail.operation.id ? ' (this one)' : ''}`,
    attempt.status,
    attempt.operation,
    timestampIn(attempt.startedAt, detail),
    spanText(attempt, at, detail.zone),
    attempt.workerId === null ? '–' : String(attempt.workerId),
    attempt.errorMessage ?? '',
  ]);
  return [
    '## Attempts at this work',
    '',
    ...table(['id', 'status', 'operation', 'started', 'elapsed', 'worker', 'error'], rows),
  ];
}

function betweenSection(record: OperationRecord): string[] {
  if (record.between.length === 0) return [];
  return [`## ${betweenTitle(record)}`, '', ...record.between.map((one) => `- ${one.id}: ${cell(betweenText(one))}`)];
}

function actionsSection({ actions }: OperationRecord, detail: OperationDetail): string[] {
  if (actions.length === 0) return ['## Actions of operators', '', 'none'];
  const rows = actions.map((action) => [
    timestampIn(action.entry.at, detail),
    recordedWord(action),
    operatorName(action.entry),
    statusChange(action.entry),
    action.result,
    action.entry.reason ?? '',
  ]);
  return ['## Actions of operators', '', ...table(['when', 'action', 'who', 'change', 'result', 'reason'], rows)];
}

/** When the operation was read and, if that is another second, up to when its ages count. */
function readText(detail: OperationDetail, at: number): string {
  const [read, counted] = [timestampIn(detail.takenAt, detail), timestampIn(at, detail)];
  return `${read}, by the database's clock${counted === read ? '' : `; ages count up to ${counted}`}`;
}

function timestampIn(at: number | null, { zone }: OperationDetail): string {
  return secondText(at, zone) ?? '–';
}
