import { cleanLine } from '../domain/clean-text.ts';
import { deadlineVerdict, leftOutOf } from '../domain/deadline.ts';
import { isStandingStill } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { openRetriesOf } from '../domain/open-retry.ts';
import { countedStallsOf, stalledIn } from '../domain/paused-stalls.ts';
import { isCounting } from '../domain/snapshot.ts';
import { suspectedIn } from '../domain/stalled-operations.ts';
import { visibleName } from '../domain/visible-name.ts';
import { deadlineText, doneText, doneTextWithTable, namesLeftOut, standstillTexts } from '../presentation/ends.ts';
import { clockText, count, duration, rate, stalledText } from '../presentation/figures.ts';
import { phasePercent } from '../presentation/more-records.ts';
import { unresolvedNoteOf, unresolvedOfFailed } from '../presentation/retried-text.ts';
import { truncate, widthOf } from '../presentation/text-width.ts';
import { paceOf } from './pace.ts';
import type { MonitorState } from './state.ts';

/** The progress of the migration in one line. */
export interface WaitLine {
  /** The time of the database. */
  readonly clock: string;
  /** The share of the records of the current phase, 0 to 1; null if unknown. */
  readonly share: number | null;
  readonly phase: string;
  readonly figures: string;
}

/** Returns the line of `migtop wait` in a terminal, which is written again with each poll. */
export function waitLine(state: MonitorState): WaitLine {
  const { latest, connection, nowMs, receivedAtMs } = state;
  const sinceSeconds = Math.max(0, (nowMs - receivedAtMs) / 1000);
  if (connection.kind === 'lost' || latest === null) {
    const clock = latest === null ? '' : clockText(latest.snapshot.takenAt + sinceSeconds, state.target.zone);
    const figures =
      connection.kind === 'lost'
        ? `connection lost ${duration((nowMs - connection.sinceMs) / 1000)} ago: ${connection.problem}`
        : 'reading the table';
    return { clock, share: shareOf(latest), phase: latest?.migration.currentPhase ?? '', figures };
  }
  const clock = clockText(latest.snapshot.takenAt, latest.snapshot.zone);
  const share = shareOf(latest);
  return { clock, share, phase: latest.migration.currentPhase ?? 'no operations', figures: figuresText(state, latest) };
}

function shareOf(latest: Observation | null): number | null {
  if (latest === null || isCounting(latest.snapshot) || latest.migration.percent === null) return null;
  return latest.migration.percent / 100;
}

function figuresText(state: MonitorState, latest: Observation): string {
  const { migration, snapshot } = latest;
  const pace = paceOf(state, latest);
  const { recordsPerSecond, eta } = pace;
  const { deadline } = state.due;
  const verdict = deadline === null ? null : deadlineVerdict(deadline, latest, pace);
  const isKnown = !isCounting(snapshot);
  const total = migration.totalRecords === null ? '' : ` of ${count(migration.totalRecords)}`;
  const isStill = eta === null && pace.isDefied !== true && isStandingStill(latest, pace);
  const [still = ''] = isStill ? standstillTexts(leftOutOf(latest), migration.statuses, unresolvedNoteOf(latest)) : [];
  return [
    isKnown ? phasePercent(migration) : `counting ${Math.floor(snapshot.coverage.share * 100)}%`,
    still,
    ...(isKnown ? [`${count(migration.recordsProcessed)}${total} records`] : []),
    ...(recordsPerSecond === null ? [] : [`${rate(recordsPerSecond)} rec/s`]),
    (verdict === null ? doneTextWithTable : doneText)(eta, snapshot.takenAt, snapshot.zone),
    verdict === null || verdict.kind === 'done' ? '' : `${deadline?.name}: ${deadlineText(verdict, leftOutOf(latest))}`,
    // The verdict names them, and so does why nothing progresses.
    ...(still !== '' || (verdict !== null && namesLeftOut(verdict)) ? [] : troubles(latest)),
  ]
    .filter(Boolean)
    .join('  ');
}

function troubles(latest: Observation): string[] {
  const { migration, triage } = latest;
  const unresolved = triage.isWhole ? triage.unresolved : 0;
  const stalls = countedStallsOf(latest);
  return [
    ...(unresolved > 0 ? [unresolvedOfFailed(unresolved, openRetriesOf(latest), migration.statuses.failed)] : []),
    ...(stalls.size > 0 ? [stalledText(stalls.size, suspectedIn(stalls))] : []),
    ...(migration.statuses.paused > 0 ? [`${count(migration.statuses.paused)} paused`] : []),
  ];
}

/**
 * Returns a text whose change makes `wait` print a new line, where there is no terminal: the phase, each tenth, the troubles, the
 * connection.
 */
export function waitChange({ latest, connection }: MonitorState): string {
  if (connection.kind === 'lost') return `lost ${connection.problem}`;
  if (latest === null) return '';
  const share = shareOf(latest);
  return [latest.migration.currentPhase, share === null ? '' : Math.floor(share * 10), ...troubles(latest)].join(' ');
}

/** The counts with which a wait ends. */
export function waitResult({ latest }: MonitorState): string {
  if (latest === null) return 'the table was not read';
  const { migration, snapshot, triage } = latest;
  const isKnown = !isCounting(snapshot);
  const { statuses } = migration;
  const known = isKnown
    ? ([...(['running', 'paused', 'pending', 'completed', 'skipped'] as const)] as const)
    : (['running', 'paused'] as const);
  const stalls = countedStallsOf(latest);
  const counts = known.flatMap((status) => {
    const stalled = stalledIn(stalls, status);
    const beside = stalled.size > 0 ? ` (${stalledText(stalled.size, suspectedIn(stalled))})` : '';
    return statuses[status] > 0 ? [`${count(statuses[status])} ${status}${beside}`] : [];
  });
  const failed =
    statuses.failed > 0
      ? [
          triage.isWhole
            ? unresolvedOfFailed(triage.unresolved, openRetriesOf(latest), statuses.failed)
            : `${count(statuses.failed)} failed`,
        ]
      : [];
  const share = isKnown && migration.percent !== null ? ` ${phasePercent(migration)}` : '';
  return [`${migration.currentPhase ?? 'no operations'}${share}`, ...counts, ...failed].join(', ');
}

/** How many unresolved failures the end of a wait names. */
const mostNamed = 5;

/** The unresolved failures, newest first: `. Unresolved: operation 2113 (case_notes), 2098 (charges) and 37 more`; '' without any. */
export function unresolvedNames({ triage }: Observation): string {
  const ids = triage.idsOf('unresolved').toSorted((a, b) => b - a);
  if (ids.length === 0) return '';
  const named = ids.slice(0, mostNamed).map((id) => `${id} (${visibleName(triage.of(id)?.tableName ?? '')})`);
  const more = ids.length > mostNamed ? ` and ${count(ids.length - mostNamed)} more` : '';
  return `. Unresolved: ${ids.length === 1 ? 'operation' : 'operations'} ${named.join(', ')}${more}`;
}

const narrowest = 8;
const widest = 40;
/** How many columns the figures need at least beside a bar. */
const fewestFigures = 20;

/** The line with a bar in at most `columns` columns: `execution ████░░░░ 64.2%  9,880/15,400  8,412 rec/s`. */
export function barText({ share, phase, figures }: WaitLine, columns: number, isUtf8: boolean): string {
  const text = cleanLine(isUtf8 ? figures : figures.replaceAll('–', '-'));
  const cut = (of: string, to: number): string => truncate(of, to, isUtf8 ? '…' : '...');
  const room = columns - widthOf(phase) - 2;
  if (share === null || room < narrowest + fewestFigures) return cut(`${phase} ${text}`.trim(), columns);
  const width = Math.min(widest, Math.max(narrowest, room - widthOf(text)));
  const filled = share >= 1 ? width : Math.min(width - 1, Math.floor(share * width));
  const [full, empty] = isUtf8 ? ['█', '░'] : ['#', '.'];
  return `${phase} ${full.repeat(filled)}${empty.repeat(width - filled)} ${cut(text, room - width)}`;
}
