import type { Ahead } from './ahead.ts';
import { earlyRate } from './early-rate.ts';
import { endedBatches } from './ended-batches.ts';
import { etaOfTables, type TableEnds } from './ended-eta.ts';
import type { Eta } from './eta.ts';
import { mayGoOn } from './going-on.ts';
import { evenLeft, type Left } from './left.ts';
import { leftIn } from './left-in.ts';
import { mayProgress } from './may-progress.ts';
import { migrationEta } from './migration-eta.ts';
import { isPausedIn } from './mostly-paused.ts';
import type { Observation } from './observation.ts';
import type { Phase } from './operation.ts';
import { withLastOperation } from './operation-eta.ts';
import { usualBatch } from './planned-speeds.ts';
import { isRateIncomplete } from './rate-incomplete.ts';
import { phaseKey } from './rate-keys.ts';
import { haltedSpans } from './resumed-work.ts';
import { stallsOf } from './stalled-operations.ts';
import { stoppedSince } from './stopped-work.ts';
import type { TableSummary } from './summary.ts';
import { hasWork, plannedEta } from './table-eta.ts';

import { type RateAndEta, rateAndEtaFrom, rateOf } from './throughput-eta.ts';

/**
 * The rate and the ETA of the current phase. Only gains that polls saw count in a rate: records in the table may be old.
 *
 * @param known the ETA, if it need not be computed again; it is not used while the rate is unknown
 */
export function phaseRateAndEta(observation: Observation, known: Eta | null = null): RateAndEta {
  const { throughput, migration, snapshot } = observation;
  const { takenAt } = snapshot;
  const phase = migration.currentPhase ?? 'execution';
  const seen = throughput.phases.get(phase);
  const ahead = throughput.ahead.get(phaseKey(phase)) ?? [];
  const key = phaseKey(phase);
  const rate = seen === undefined ? null : rateOf(seen, ahead, haltedSpans(observation, key, seen), takenAt);
  const isUnknown =
    seen !== undefined &&
    (seen.progressAt === null ? mayProgress(observation, phase) : isRateIncomplete(observation, phaseKey(phase), seen));
  if (!isUnknown) {
    const now = rate?.recordsPerSecond ?? null;
    const eta = known ?? etaIn(observation, phase, ahead, now);
    return { recordsPerSecond: now, eta, ...(rate !== null && now !== 0 && { rateSeconds: rate.seconds }) };
  }
  const { recordsPerSecond: early = null } = earlyRate(seen, takenAt) ?? {};
  if (isPausedIn(observation, phase)) return { recordsPerSecond: early, eta: null };
  const tables = observation.totals.get(phase)?.tables ?? [];
  const open = tables.filter(
    (table) => hasWork(observation, table, phase) || (phase === 'execution' && mayGoOn(observation, table)),
  );
  const left = leftIn(observation, open, phase);
  if (left === null) return { recordsPerSecond: early, eta: null };
  const eta = endedEta(observation, phase, open, left) ?? plannedEta(seen, takenAt, left);
  return { recordsPerSecond: early, eta: withLastOperation(observation, phase, open, left, eta) };
}

function etaIn(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  if (isPausedIn(observation, phase)) return null;
  return phase === 'execution' ? migrationEta(observation, ahead, now) : phaseEta(observation, phase, ahead, now);
}

/** The ETA of a phase by batches that completed before the first poll, or by the records of operations that are evidently at work. */
function endedEta(observation: Observation, phase: Phase, open: readonly TableSummary[], left: Left): Eta | null {
  const tables = open.flatMap((table) => {
    const own = leftIn(observation, [table], phase);
    return own === null ? [] : endedOf(observation, phase, table, own);
  });
  const isOpen = new Set(open);
  const done = (observation.totals.get(phase)?.tables ?? [])
    .filter((table) => !isOpen.has(table))
    .map((table) => endedOf(observation, phase, table, evenLeft(0, table.recordsProcessed)))
    .filter(({ ended }) => ended !== null);
  const stalls = stallsOf(observation);
  const workers = observation.snapshot.operations.filter(
    (operation) => operation.phase === phase && operation.status === 'running' && stalls.of(operation) === undefined,
  ).length;
  const { isRoaming } = observation.throughput;
  return etaOfTables(tables, done, left, observation.snapshot.takenAt, { isRoaming, workers });
}

const endedOf = (observation: Observation, phase: Phase, table: TableSummary, left: Left): TableEnds => ({
  tableName: table.tableName,
  ended: endedBatches(observation, phase, table),
  batch: usualBatch(table),
  left,
});

/** The ETA of a phase other than execution. */
function phaseEta(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, snapshot, totals } = observation;
  const seen = throughput.phases.get(phase);
  const open = (totals.get(phase)?.tables ?? []).filter((table) => hasWork(observation, table, phase));
  const left = leftIn(observation, open, phase);
  const known = { now, stoppedSince: stoppedSince(observation, phaseKey(phase)), isMixed: open.length > 1 };
  if (seen === undefined || left === null) return null;
  const { eta } = rateAndEtaFrom(seen, ahead, snapshot.takenAt, left, known);
  return withLastOperation(observation, phase, open, left, eta);
}
