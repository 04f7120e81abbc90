import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { redactError, redactKind } from '../domain/redact.ts';
import type { KindSummary, Triage } from '../domain/triage.ts';
import { visibleName } from '../domain/visible-name.ts';
import { type CommandTarget, commandLine, idRanges } from './command-line.ts';
import { count, secondText } from './figures.ts';
import { suggestionText } from './kind-suggestion.ts';
import { cell, fenced, table } from './markdown.ts';

/** The data of the handoff of a kind of failure. */
export interface KindHandoff {
  readonly summary: KindSummary;
  readonly observation: Observation;
  readonly target: CommandTarget;
  /** The filter that selects its unresolved failures. */
  readonly filter: string;
  /** Whether values in errors are replaced by `…`. */
  readonly redact: boolean;
}

/** Everything about one kind of failure as Markdown, for a ticket or a colleague. Ends with a line end. */
export function kindMarkdown({ summary, observation, target, filter, redact }: KindHandoff): string {
  const { snapshot, triage } = observation;
  const at = (timestamp: number | null): string => secondText(timestamp, snapshot.zone) ?? '–';
  const { failed, unresolved, accepted, tables, workers, sqlState } = summary;
  const kind = redact ? redactKind(summary.kind) : summary.kind;
  const advice = suggestionText(summary, observation);
  const newest = snapshot.failures.find(({ id }) => id === summary.newestId);
  const sections = [
    [`# Failures: ${cell(kind)}`],
    [
      `- database: ${cell(`${target.database} at ${target.host}, as ${target.user}`)}`,
      `- table: ${cell(visibleName(target.table))}`,
      `- read: ${at(snapshot.takenAt)}, by the database's clock`,
      `- failures: ${count(unresolved)} unresolved, ${count(accepted)} accepted, ${count(failed - unresolved - accepted)} resolved; ${count(failed)} failed`,
      ...(sqlState === null ? [] : [`- SQLSTATE: ${sqlState}`]),
      `- first: ${at(summary.firstSeenAt)}`,
      `- newest: ${at(summary.lastSeenAt)}`,
      ...(workers.length === 0 ? [] : [`- workers: ${workers.join(', ')}`]),
      ...(advice === null ? [] : [`- what usually helps: ${cell(advice)}`]),
      ...(redact ? ['- values in errors are left out'] : []),
    ],
    [
      '## Tables',
      '',
      ...table(
        ['table', 'unresolved', 'failed'],
        tables.map((one) => [one.tableName, count(one.unresolved), count(one.failed)]),
      ),
    ],
    ['## Operations', '', ...idLines(triage, summary.kind)],
    errorSection(newest, redact),
    ['## Commands', '', ...fenced(commandsOf(summary, kind === summary.kind ? filter : null, target), 'sh')],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The ids of the failures by their resolution: `- unresolved: 1..4,7`. */
function idLines(triage: Triage, kind: string): readonly string[] {
  const byResolution = Map.groupBy(
    triage.membersOf(kind),
    (id) => triage.of(id)?.resolution.kind ?? ('unresolved' as const),
  );
  return (['unresolved', 'accepted', 'resolved'] as const).flatMap((resolution) => {
    const ids = byResolution.get(resolution) ?? [];
    return ids.length === 0 ? [] : [`- ${resolution}: ${idRanges(ids)}`];
  });
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
