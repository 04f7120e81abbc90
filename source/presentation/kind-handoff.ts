import type { AuditEntry } from '../domain/audit.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { redactError, redactKind } from '../domain/redact.ts';
import { retriesIn } from '../domain/retried-results.ts';
import { type SkippedFailure, skippedOfKind } from '../domain/skipped-failures.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { JudgedFailure, KindSummary, Resolution, Triage } from '../domain/triage.ts';
import { visibleName } from '../domain/visible-name.ts';
import { resultText } from './action-text.ts';
import { bulkResultOf, distinctValues, groupedBulkActions } from './activity-bulk.ts';
import { activityRows } from './activity-rows.ts';
import { type CommandTarget, commandLine, idRanges } from './command-line.ts';
import { count, secondText } from './figures.ts';
import { kindHelpText } from './kind-suggestion.ts';
import { cell, fenced, table } from './markdown.ts';
import { readingNote } from './reading-note.ts';
import { actionWord } from './size-text.ts';
import { statusChange } from './status-change.ts';

/** The data of the handoff of a kind of failure. */
export interface KindHandoff {
  readonly summary: KindSummary;
  readonly observation: Observation;
  /** The actions of operators on all operations, newest first; null if they could not be read. */
  readonly activity: readonly AuditEntry[] | null;
  /** Whether there are no older actions than these. */
  readonly hasAllActions: boolean;
  /** The actions that this session follows. */
  readonly tracked: readonly TrackedAction[];
  /** Whether each id is one operation. */
  readonly areIdsUnique: boolean;
  /** Whether a policy of row-level security may hide rows. */
  readonly mayBeHidden: boolean;
  readonly target: CommandTarget;
  /** The filter that selects its unresolved failures. */
  readonly filter: string;
  /** Whether values in errors are replaced by `…`. */
  readonly redact: boolean;
}

/** Maximum number of retries and of actions that are listed: the newest. */
const mostListed = 50;

/** Everything about one kind of failure as Markdown, for a ticket or a colleague. Ends with a line end. */
export function kindMarkdown(handoff: KindHandoff): string {
  const { observation, target, filter, redact } = handoff;
  const { snapshot, triage } = observation;
  const at = (timestamp: number | null): string => secondText(timestamp, snapshot.zone) ?? '–';
  const skipped = skippedOfKind(handoff.summary.kind, handoff.activity, observation.memo);
  const summary = withoutSkipped(handoff.summary, triage, skipped);
  const { failed, unresolved, accepted, tables, workers, sqlState } = summary;
  const kind = redact ? redactKind(summary.kind) : summary.kind;
  const advice = kindHelpText(summary, observation);
  const newest = snapshot.failures.find(({ id }) => id === summary.newestId);
  const sections = [
    [`# Failures: ${cell(kind)}`],
    [
      `- database: ${cell(`${target.database} at ${target.host}, as ${target.user}`)}`,
      `- table: ${cell(visibleName(target.table))}`,
      `- read: ${at(snapshot.takenAt)}, by the database's clock`,
      `- failures: ${count(unresolved)} unresolved, ${count(accepted)} accepted, ${count(failed - unresolved - accepted)} resolved; ${count(failed)} failed${skippedText(skipped.length, handoff.hasAllActions)}`,
      ...(triage.isWhole ? [] : [`- not complete: ${readingNote(observation)}`]),
      ...(target.scope === undefined
        ? []
        : [
            `- only since ${cell(target.scope.text)} (\`S\`, \`--since\`): earlier failures of this kind are not in these figures`,
          ]),
      ...(sqlState === null ? [] : [`- SQLSTATE: ${sqlState}`]),
      `- first: ${at(summary.firstSeenAt)}`,
      `- newest: ${at(summary.lastSeenAt)}`,
      ...(workers.length === 0 ? [] : [`- workers: ${workers.join(', ')}`]),
      `- what usually helps: ${advice === null ? 'not known' : cell(advice)}`,
      ...(redact ? ['- values in errors are left out'] : []),
    ],
    ['## Tables', '', ...tableLines(tables, skipped)],
    ['## Operations', '', ...idLines(triage, summary.kind, skipped), ...skippedLines(skipped)],
    retriesSection(observation, summary.kind),
    acceptedSection(triage, summary.kind, at),
    errorSection(newest, redact),
    actionsSection(handoff, at),
    ['## Commands', '', ...fenced(commandsOf(summary, kind === summary.kind ? filter : null, target), 'sh')],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/**
 * `, 20 skipped since`: the failed operations of a kind that operators have skipped, which do not count as failed any more; '' without one.
 *
 * @param isAll whether all actions of operators are known; else older ones may have skipped more
 */
export function skippedText(skipped: number, isAll: boolean): string {
  return skipped === 0 ? '' : `, ${count(skipped)} ${isAll ? '' : 'or more '}skipped since`;
}

/** The tables with their failures; with those that were skipped since, if there are any. */
function tableLines(tables: KindSummary['tables'], skipped: readonly SkippedFailure[]): readonly string[] {
  const skippedIn = Map.groupBy(skipped, ({ tableName }) => tableName);
  const names = new Set([...tables.map(({ tableName }) => tableName), ...skippedIn.keys()]);
  const rows = [...names].map((name) => {
    const own = tables.find(({ tableName }) => tableName === name);
    const failures = [count(own?.unresolved ?? 0), count(own?.failed ?? 0)];
    return [name, ...failures, ...(skipped.length === 0 ? [] : [count(skippedIn.get(name)?.length ?? 0)])];
  });
  return table(['table', 'unresolved', 'failed', ...(skipped.length === 0 ? [] : ['skipped since'])], rows);
}

/** The ids of the failures that were skipped since: `- skipped operations: 3, 4`. */
function skippedLines(skipped: readonly SkippedFailure[]): readonly string[] {
  const ids = skipped.map(({ id }) => id);
  if (ids.length === 0) return [];
  return [`- skipped ${ids.length === 1 ? 'operation' : 'operations'}: ${idRanges(ids, ', ')}`];
}

/**
 * The kind without the failures that were skipped since. The audit is newer than the triage, which has them until it has read the failures
 * again.
 */
function withoutSkipped(summary: KindSummary, triage: Triage, skipped: readonly SkippedFailure[]): KindSummary {
  const still = skipped.flatMap(({ id }) => {
    const failure = triage.of(id);
    return failure?.kind === summary.kind ? [failure] : [];
  });
  if (still.length === 0) return summary;
  const those = (resolution: Resolution['kind']) => still.filter((one) => one.resolution.kind === resolution);
  const tables = summary.tables.map((own) => {
    const inTable = ({ tableName }: JudgedFailure): boolean => tableName === own.tableName;
    const [failed, unresolved] = [still, those('unresolved')].map((some) => some.filter(inTable).length);
    return { ...own, failed: own.failed - (failed ?? 0), unresolved: own.unresolved - (unresolved ?? 0) };
  });
  return {
    ...summary,
    failed: summary.failed - still.length,
    unresolved: summary.unresolved - those('unresolved').length,
    accepted: summary.accepted - those('accepted').length,
    tables: tables.filter(({ failed }) => failed > 0),
  };
}

/** The ids of the failures by their resolution, without those that were skipped since: `- unresolved operations: 1..4, 7`. */
function idLines(triage: Triage, kind: string, skipped: readonly SkippedFailure[]): readonly string[] {
  const left = new Set(skipped.map(({ id }) => id));
  const byResolution = Map.groupBy(
    triage.membersOf(kind).filter((id) => !left.has(id)),
    (id) => triage.of(id)?.resolution.kind ?? ('unresolved' as const),
  );
  return (['unresolved', 'accepted', 'resolved'] as const).flatMap((resolution) => {
    const ids = byResolution.get(resolution) ?? [];
    return ids.length === 0
      ? []
      : [`- ${resolution} ${ids.length === 1 ? 'operation' : 'operations'}: ${idRanges(ids, ', ')}`];
  });
}

/** The retries that were begun, and how far they are, those of the newest failures first. */
function retriesSection({ snapshot, triage }: Observation, kind: string): readonly string[] {
  const retryOf = retriesIn(snapshot, triage);
  const rows = triage.membersOf(kind).flatMap((id) => {
    const retry = retryOf(id);
    return retry === null ? [] : [[String(id), retry.next ?? '–', retry.status]];
  });
  if (rows.length === 0) return ['## Retries', '', 'none'];
  return ['## Retries', '', ...limited(['failed operation', 'retried by operation', 'its status'], rows)];
}

/** Who accepted failures, and why. */
function acceptedSection(triage: Triage, kind: string, at: (timestamp: number | null) => string): readonly string[] {
  const accepted = triage.membersOf(kind).flatMap((id) => {
    const resolution = triage.of(id)?.resolution;
    return resolution?.kind === 'accepted' ? [{ id, ...resolution }] : [];
  });
  if (accepted.length === 0) return [];
  const together = Map.groupBy(accepted, (one) => JSON.stringify([one.at, one.who, one.note]));
  const rows = [...together.values()].flatMap((own) => {
    const [first] = own;
    const ids = own.map(({ id }) => id);
    return first === undefined ? [] : [[at(first.at), first.who, idRanges(ids, ', '), first.note]];
  });
  return ['## Accepted', '', ...limited(['when', 'who', 'operations', 'note'], rows)];
}

/** The actions on these failures and on those that were skipped since, newest first; an action on many operations is one row. */
function actionsSection(
  { summary, observation, activity, tracked, areIdsUnique, mayBeHidden }: KindHandoff,
  at: (timestamp: number | null) => string,
): readonly string[] {
  const title = ['## Actions of operators', ''];
  if (activity === null) return [...title, 'not known: they could not be read'];
  const skipped = skippedOfKind(summary.kind, activity, observation.memo);
  const members = new Set([...observation.triage.membersOf(summary.kind), ...skipped.map(({ id }) => id)]);
  const own = activityRows({ activity, actions: tracked, observation, areIdsUnique }).filter(
    ({ entry }) => entry !== null && members.has(entry.operationId),
  );
  const rows = groupedBulkActions(own).flatMap((row) => {
    const { entry, bulk, result } = row;
    if (entry === null) return [];
    const ids = (bulk === null ? [row] : bulk.rows).flatMap((one) => one.entry?.operationId ?? []);
    return [
      [
        at(entry.at),
        actionWord(entry.action),
        operatorName(entry),
        idRanges(ids, ', '),
        distinctValues(row, statusChange).filter(Boolean).join(', '),
        bulk === null ? resultText(entry, result, row.tracked, mayBeHidden) : bulkResultOf(row).text,
        entry.reason ?? '',
      ],
    ];
  });
  if (rows.length === 0) return [...title, 'none'];
  return [...title, ...limited(['when', 'action', 'who', 'operations', 'change', 'result', 'reason'], rows)];
}

/** A table of the first rows, and how many are left out. */
function limited(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const left = rows.length - mostListed;
  return [...table(titles, rows.slice(0, mostListed)), ...(left > 0 ? ['', `… and ${count(left)} more`] : [])];
}

function errorSection(newest: Operation | undefined, redact: boolean): readonly string[] {
  const error = newest?.errorMessage ?? '';
  if (newest === undefined || error === '') return [];
  return [`## Error of the newest, operation ${newest.id}`, '', ...fenced(redact ? redactError(error) : error, '')];
}

/** @param where the filter of the kind; null if it has values that are left out */
function commandsOf({ newestId, unresolved }: KindSummary, where: string | null, target: CommandTarget): string {
  return [
    commandLine('show', { ids: [newestId] }, target),
    ...(unresolved === 0 || where === null ? [] : [commandLine('export', { where }, target)]),
  ].join('\n');
}
