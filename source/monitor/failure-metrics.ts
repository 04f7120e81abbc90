import type { Observation } from '../domain/observation.ts';
import { openRetriesOf } from '../domain/open-retry.ts';
import { type Metric, type MetricSample, other, summed } from './metric.ts';

/** How many SQLSTATEs have separate samples. */
const mostStates = 30;

/** The metrics of the unresolved failures; without samples until it is known which they are. */
export function failureMetrics(latest: Observation): readonly Metric[] {
  const { triage } = latest;
  if (!triage.isWhole) return [];
  return [
    {
      name: 'migtop_unresolved_failures',
      help: 'Failed operations that no later attempt has resolved and nobody has accepted, by the SQLSTATE of their errors (none: unknown).',
      samples: unresolvedOf(latest),
    },
    {
      name: 'migtop_unresolved_failures_retried',
      help: 'Unresolved failures with a retry that has not ended, by its state: active (pending or running) or paused.',
      samples: retriedOf(latest),
    },
    {
      name: 'migtop_unresolved_failure_kinds',
      help: 'Kinds of failures with unresolved ones.',
      samples: [{ value: triage.kinds.filter(({ unresolved }) => unresolved > 0).length }],
    },
  ];
}

function retriedOf(latest: Observation): readonly MetricSample[] {
  const { open, paused } = openRetriesOf(latest);
  return [
    { labels: { state: 'active' }, value: open - paused },
    { labels: { state: 'paused' }, value: paused },
  ];
}

function unresolvedOf({ triage }: Observation): readonly MetricSample[] {
  const byState = new Map<string, number>();
  for (const { sqlState, unresolved } of triage.kinds) {
    const state = sqlState ?? 'none';
    byState.set(state, (byState.get(state) ?? 0) + unresolved);
  }
  const largest = [...byState].sort(([, a], [, b]) => b - a);
  const samples = largest.map(([sqlstate, value], index) => ({
    labels: { sqlstate: index < mostStates ? sqlstate : other },
    value,
  }));
  return samples.length === 0 ? [{ labels: { sqlstate: 'none' }, value: 0 }] : summed(samples);
}
