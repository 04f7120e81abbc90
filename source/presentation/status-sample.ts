import { knownHistory } from '../domain/known-history.ts';
import type { Observation } from '../domain/observation.ts';
import { addSpans } from '../domain/throughput.ts';

/** The report, with the rates of the polls before it. */
export function withSample(observation: Observation, sampled: Observation | null): Observation {
  // Without a sample nothing is known to be at work: no ETA either.
  if (sampled === null) return { ...observation, throughput: { ...observation.throughput, ended: new Map() } };
  const { tracks, reports, named, pooled, statements, proven, throughput } = sampled;
  const { takenAt } = observation.snapshot;
  const since = throughput.migration.watchedSince;
  const before = knownHistory(observation.snapshot, observation.tables).filter(({ to }) => to <= since);
  const migration = addSpans(throughput.migration, before, takenAt);
  const { ended } = observation.throughput;
  const isRoaming = throughput.isRoaming || observation.throughput.isRoaming;
  return {
    ...observation,
    tracks,
    reports,
    named,
    pooled,
    statements,
    proven,
    throughput: { ...throughput, migration, evidence: migration, ended, isRoaming },
  };
}

/** The observation at the time of the last poll: the duration of the report does not count as time without progress. */
export function atSample(observation: Observation, sampled: Observation | null): Observation {
  const takenAt = sampled?.snapshot.takenAt ?? observation.snapshot.takenAt;
  return { ...observation, snapshot: { ...observation.snapshot, takenAt } };
}
