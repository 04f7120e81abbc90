import { earlyEta, earlyRate } from './early-rate.ts';
import { endedBatches } from './ended-batches.ts';
import { etaOfEnded } from './ended-eta.ts';
import { type Eta, etaOf } from './eta.ts';
import { type Left, unreportedLeft } from './left.ts';
import { isHalted, isUncertain, leftIn } from './left-in.ts';
import { mayProgress } from './may-progress.ts';
import { keptBy } from './memo.ts';
import type { Observation } from './observation.ts';
import type { Phase } from './operation.ts';
import { withLastOperation } from './operation-eta.ts';
import { isPaused } from './partial-pause.ts';
import { openIn } from './progress.ts';
import { isRateIncomplete } from './rate-incomplete.ts';
import { tableKey } from './rate-keys.ts';
import { haltedSpans } from './resumed-work.ts';
import { arePlanned } from './schedule.ts';
import { stoppedSince } from './stopped-work.ts';
import type { TableSummary } from './summary.ts';
import type { Throughput } from './throughput.ts';
import { type RateAndEta, rateAndEtaFrom, rateOf } from './throughput-eta.ts';

/** The rate and the ETA of the execution of one table. Computed once: that of the migration needs it, and those of the operations of the table. */
export const tableRateAndEta = keptBy(rateAndEtaOf);

function rateAndEtaOf(observation: Observation, table: TableSummary): RateAndEta {
  const { takenAt } = observation.snapshot;
  const throughput = observation.throughput.tables.get(table.tableName);
  if (throughput === undefined) return { recordsPerSecond: null, eta: null };
  const ahead = observation.throughput.ahead.get(tableKey('execution', table.tableName)) ?? [];
  const isUnknown =
    throughput.progressAt === null
      ? mayProgress(observation, 'execution', table.tableName)
      : isRateIncomplete(observation, tableKey('execution', table.tableName), throughput);
  const left = isPaused(table.statuses) || isUncertain(observation, table) ? null : leftIn(observation, [table]);
  if (!isUnknown) {
    const key = tableKey('execution', table.tableName);
    const stopped = haltedSpans(observation, key, throughput);
    const rate = stopped.length === 0 ? null : rateOf(throughput, ahead, stopped, takenAt);
    const now = { now: rate?.recordsPerSecond ?? null, stoppedSince: stoppedSince(observation, key) };
    const { eta, ...known } = rateAndEtaFrom(throughput, ahead, takenAt, left, now);
    return { ...known, eta: left && withLastOperation(observation, 'execution', [table], left, eta) };
  }
  const recordsPerSecond = earlyRate(throughput, takenAt)?.recordsPerSecond ?? null;
  if (left === null) return { recordsPerSecond, eta: null };
  const eta = endedTableEta(observation, table, left) ?? plannedEta(throughput, takenAt, left);
  return { recordsPerSecond, eta: withLastOperation(observation, 'execution', [table], left, eta) };
}

/** The ETA by the first reports. If the operations are known, they show their speeds once a report shows that work goes on. */
export function plannedEta(throughput: Throughput, takenAt: number, left: Left): Eta | null {
  const isKnown = arePlanned(left.plans ?? []);
  if (!isKnown) return earlyEta(throughput, takenAt, left);
  return etaOf({ throughput, takenAt, ...unreportedLeft(left, 0), isDue: true });
}

/** Whether a worker is at work on an open operation of a table, or may begin one. */
export function hasWork(observation: Observation, table: TableSummary, phase: Phase): boolean {
  return openIn(table.statuses) > 0 && !isHalted(observation, table, phase);
}

/** The ETA of the execution of one table by batches that completed before the first poll; null if unknown. */
function endedTableEta(observation: Observation, table: TableSummary, left: Left): Eta | null {
  const ended = endedBatches(observation, 'execution', table);
  return ended === null || left.records <= 0 ? null : etaOfEnded([ended], left, observation.snapshot.takenAt);
}
