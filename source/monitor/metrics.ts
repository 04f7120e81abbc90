import { cleanLine } from '../domain/clean-text.ts';
import { deadlineVerdict } from '../domain/deadline.ts';
import type { CurrentPace } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { phases, statuses, unreadableCount } from '../domain/operation.ts';
import { countedStallsOf } from '../domain/paused-stalls.ts';
import { isCounting } from '../domain/snapshot.ts';
import { operationsIn } from '../domain/summary.ts';
import { truncate } from '../presentation/text-width.ts';
import { failureMetrics } from './failure-metrics.ts';
import { known, type Metric, type MetricSample, other, summed } from './metric.ts';
import { paceOf } from './pace.ts';
import type { MonitorState } from './state.ts';

/** Counts of the polls of a session, which the state does not have. */
export interface PollFigures {
  readonly polls: number;
  readonly failures: number;
  /** How long the last poll took, and when it was answered on this machine's clock in seconds since 1970; null before the first. */
  readonly seconds: number | null;
  readonly answeredAt: number | null;
}

/** Data that is older than the poll interval and this is not shown any more, in seconds. */
const staleSeconds = 15;

/** Whether the state is what the database has now. */
export function isUp({ latest, connection, nowMs, receivedAtMs, interval }: MonitorState): boolean {
  if (latest === null || connection.kind === 'lost') return false;
  return (nowMs - receivedAtMs) / 1000 <= interval.actualSeconds + staleSeconds;
}

/** How many tables have separate samples; the others together have the name `other`. */
export const mostTables = 200;
const labelColumns = 120;

/** Makes the metrics of each state (null: not connected yet). A metric that is not known has no sample. */
export function createMetrics(version: string): (state: MonitorState | null, polls: PollFigures) => readonly Metric[] {
  // A table that has separate samples keeps them while it exists: otherwise a series would end before its table.
  const named = new Set<string>();
  return (state, polls) =>
    [
      {
        name: 'migtop_build_info',
        help: 'The version of migtop.',
        samples: [{ labels: { version }, value: 1 }],
      },
      {
        name: 'migtop_up',
        help: 'Whether the last poll was answered; without it there are no figures of the migration.',
        samples: [one(state !== null && isUp(state))],
      },
      {
        name: 'migtop_polls_total',
        type: 'counter' as const,
        help: 'Polls that were answered.',
        samples: [{ value: polls.polls }],
      },
      {
        name: 'migtop_poll_failures_total',
        type: 'counter' as const,
        help: 'Polls that failed.',
        samples: [{ value: polls.failures }],
      },
      {
        name: 'migtop_last_poll_timestamp_seconds',
        help: 'When the last poll was answered, by the clock of migtop.',
        samples: known(polls.answeredAt),
      },
      ...(state !== null && isUp(state) && state.latest !== null ? figuresOf(state, state.latest, polls, named) : []),
    ].filter(({ samples }) => samples.length > 0);
}

function figuresOf(
  state: MonitorState,
  latest: Observation,
  polls: PollFigures,
  named: Set<string>,
): readonly Metric[] {
  const { snapshot, migration, throughput } = latest;
  const { coverage, counts, takenAt } = snapshot;
  const phase = migration.currentPhase;
  const pace = paceOf(state, latest);
  const { recordsPerSecond, eta } = pace;
  const progressAt = phase === null ? null : (throughput.phases.get(phase)?.progressAt ?? null);
  const stalls = Map.groupBy(countedStallsOf(latest).all, ({ stall }) => stall.kind);
  const ofPhase = (value: number | null): readonly MetricSample[] =>
    value === null || phase === null ? [] : [{ labels: { phase }, value }];
  return [
    {
      name: 'migtop_poll_duration_seconds',
      help: 'How long the last poll took.',
      samples: known(polls.seconds),
    },
    {
      name: 'migtop_poll_interval_seconds',
      help: 'Seconds between two polls.',
      samples: [{ value: state.interval.actualSeconds }],
    },
    {
      name: 'migtop_counted_ratio',
      help: 'The share of the table that is counted, 0 to 1. Below 1 there are no totals.',
      samples: [{ value: coverage.share }],
    },
    {
      name: 'migtop_count_age_seconds',
      help: 'The age of the oldest count in the totals. They include changes by workers since then.',
      samples: known(coverage.countedAt === null ? null : Math.max(0, takenAt - coverage.countedAt)),
    },
    {
      name: 'migtop_count_stale',
      help: 'Whether some totals are known to be wrong, and are counted again.',
      samples: [one(coverage.isStale)],
    },
    {
      name: 'migtop_live_operations',
      help: 'Running and paused operations; known also before the table is counted.',
      samples: (['running', 'paused'] as const).flatMap((status) =>
        known(counts[status] ?? null).map(({ value }) => ({ labels: { status }, value })),
      ),
    },
    ...(isCounting(snapshot) ? [] : totalsOf(latest, named)),
    {
      name: 'migtop_current_phase',
      help: '1 for the current phase.',
      samples: ofPhase(isCounting(snapshot) ? null : 1),
    },
    {
      name: 'migtop_records_per_second',
      help: 'Records per second in the current phase, over the last minute or the last batches.',
      samples: ofPhase(recordsPerSecond),
    },
    {
      name: 'migtop_eta_earliest_seconds',
      help: 'Seconds until the earliest end of the current phase by the ETA.',
      samples: ofPhase(eta?.lowSeconds ?? null),
    },
    {
      name: 'migtop_eta_latest_seconds',
      help: 'Seconds until the latest end of the current phase by the ETA.',
      samples: ofPhase(eta?.highSeconds ?? null),
    },
    ...deadlineOf(state, latest, pace),
    {
      name: 'migtop_progress_age_seconds',
      help: 'Seconds since the last progress in the current phase that polls saw.',
      samples: ofPhase(progressAt === null ? null : Math.max(0, takenAt - progressAt)),
    },
    {
      name: 'migtop_stalled_operations',
      help: 'Running operations without progress, and those that had stalled before they were paused, by the reason: blocked, no_session, still (all proven) or suspected.',
      samples: (['blocked', 'no session', 'still', 'suspected'] as const).map((kind) => ({
        labels: { reason: kind.replace(' ', '_') },
        value: stalls.get(kind)?.length ?? 0,
      })),
    },
    ...failureMetrics(latest),
    {
      name: 'migtop_unreadable_operations',
      help: 'Rows with a phase, a status or values that cannot be read; no other figure includes them.',
      samples: [{ value: unreadableCount(snapshot.unreadable) }],
    },
  ];
}

function deadlineOf(state: MonitorState, latest: Observation, pace: CurrentPace): Metric[] {
  const { deadline } = state.due;
  if (deadline === null) return [];
  const verdict = deadlineVerdict(deadline, latest, pace);
  const isLate =
    (verdict.kind === 'late' && verdict.lowSeconds > 0) || (verdict.kind === 'unknown' && verdict.leftSeconds < 0);
  return [
    {
      name: 'migtop_deadline_seconds',
      help: 'Seconds until the deadline of --until; negative after it.',
      samples: [{ value: deadline.at - latest.snapshot.takenAt }],
    },
    {
      name: 'migtop_late',
      help: 'Whether the deadline has passed, or even the earliest end by the ETA is after it.',
      samples: [one(isLate)],
    },
  ];
}

/** Returns the metrics that need the totals: none while the table is not counted. */
function totalsOf({ phases: summaries, totals }: Observation, named: Set<string>): readonly Metric[] {
  const tables = phases.flatMap((phase) =>
    (totals.get(phase)?.tables ?? []).map((table) => ({ phase, table, name: labelOf(table.tableName) })),
  );
  const bySize = tables.toSorted((a, b) => b.table.operations - a.table.operations || (a.name < b.name ? -1 : 1));
  const existing = new Set(tables.map(({ name }) => name));
  for (const name of named) if (!existing.has(name)) named.delete(name);
  for (const { name } of bySize) if (named.size < mostTables) named.add(name);
  const placed = tables.map((one) => ({ ...one, name: named.has(one.name) ? one.name : other }));
  const each = (value: (table: (typeof tables)[number]['table']) => number | null): readonly MetricSample[] =>
    summed(
      placed.flatMap(({ phase, table, name }) =>
        known(value(table)).map((sample) => ({ labels: { phase, table: name }, ...sample })),
      ),
    );
  return [
    {
      name: 'migtop_operations',
      help: `Operations by phase, table and status. At most ${mostTables} tables have a name, the rest is "${other}".`,
      samples: summed(
        placed.flatMap(({ phase, table, name }) =>
          statuses.map((status) => ({ labels: { phase, table: name, status }, value: table.statuses[status] })),
        ),
      ),
    },
    {
      name: 'migtop_records_processed',
      help: 'Records that were processed, by phase and table. A gauge: a retry may begin again.',
      samples: each((table) => table.recordsProcessed),
    },
    {
      name: 'migtop_records_expected',
      help: 'Records that are expected, by phase and table; absent where a table has no total.',
      samples: each((table) => table.totalRecords),
    },
    {
      name: 'migtop_phase_operations',
      help: 'Operations by phase.',
      samples: summaries.map(({ phase, statuses: ofPhase }) => ({
        labels: { phase },
        value: operationsIn(ofPhase),
      })),
    },
    {
      name: 'migtop_phase_progress_ratio',
      help: 'The share of the records of a phase that is processed, 0 to 1; absent where no table has a total, or no completed operation counts its records.',
      samples: summaries.flatMap(({ phase, percent, recordsProcessed, statuses: of }) =>
        percent === null || (recordsProcessed === 0 && of.completed > 0)
          ? []
          : [{ labels: { phase }, value: percent / 100 }],
      ),
    },
  ];
}

function labelOf(name: string): string {
  return truncate(cleanLine(name), labelColumns);
}

function one(is: boolean): MetricSample {
  return { value: is ? 1 : 0 };
}
