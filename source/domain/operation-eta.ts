import { unreportedIn } from './ahead.ts';
import { begunAlone } from './ended-batches.ts';
import { etaOfEnded } from './ended-eta.ts';
import type { Eta } from './eta.ts';
import { largest } from './extremes.ts';
import { evenLeft, type Left } from './left.ts';
import { isHaltedOperation } from './left-in.ts';
import { listedIn } from './listed-operations.ts';
import { keptBy } from './memo.ts';
import type { Observation } from './observation.ts';
import type { Operation, Phase } from './operation.ts';
import { isRateIncomplete } from './rate-incomplete.ts';
import { workerKey } from './rate-keys.ts';
import { arePlanned } from './schedule.ts';
import { lastOf } from './several-etas.ts';
import { expectedRecordsOf } from './shared-total.ts';
import { isProven, stallsOf } from './stalled-operations.ts';
import type { TableSummary } from './summary.ts';
import { type RateAndEta, rateAndEtaFrom } from './throughput-eta.ts';

/** The rate and the ETA of one operation, by the reports of its worker. Computed once for each observation. */
export const operationRateAndEta = keptBy(rateAndEtaOf);

function rateAndEtaOf(observation: Observation, operation: Operation): RateAndEta {
  if (operation.status !== 'running') return { recordsPerSecond: null, eta: null };
  const stall = stallsOf(observation).of(operation);
  // A rate is of the last minute, in which it may have progressed; now it does not.
  if (stall !== undefined && isProven(stall)) return { recordsPerSecond: 0, eta: null };
  const key = workerKey(operation);
  const throughput = observation.throughput.workers.get(key);
  // The rate of a worker is unknown before migtop has seen a report.
  if (throughput === undefined || throughput.progressAt === null || isRateIncomplete(observation, key, throughput))
    return { recordsPerSecond: null, eta: null };
  // A worker that runs several operations of one table at once is seen as one: each has its part of the rate.
  const alike = Math.max(1, observation.running.get(key) ?? 0);
  const ahead = observation.throughput.ahead.get(key) ?? [];
  const records = leftOf(observation, operation);
  const left = records === null ? null : evenLeft(records * alike, (operation.recordsProcessed ?? 0) * alike);
  const { recordsPerSecond, eta } = rateAndEtaFrom(throughput, ahead, observation.snapshot.takenAt, left);
  return { recordsPerSecond: recordsPerSecond === null ? null : recordsPerSecond / alike, eta };
}

/**
 * The ETA of some tables, which are not done before the operations that are at work there. Nobody shares what is left of an operation: the rate
 * of all workers says nothing about the one that needs longer than the others together. The ends of many operations are known by few reports, and
 * the latest of these ends is too late: one counts only if its worker has reported often enough, and at its rate ends after all others.
 *
 * @param left where the ends of the last operations are known one by one, they are in the ETA already
 */
export function withLastOperation(
  observation: Observation,
  phase: Phase,
  tables: readonly TableSummary[],
  { plans, last: ends, records, fewest }: Left,
  eta: Eta | null,
): Eta | null {
  if (eta === null || arePlanned(plans ?? []) || (ends ?? []).length > 0) return eta;
  const listed = tables.flatMap((table) =>
    listedIn(observation, phase, table.tableName).map((operation) => ({ table, operation })),
  );
  const later = listed.flatMap(
    ({ table, operation }) => endAfter(eta.highSeconds, observation, table, operation) ?? [],
  );
  const last = later.length === 0 ? eta : lastOf([eta, ...later]);
  const few = records > 0 ? fewest / records : 1;
  const earliest = few * largest([0, ...listed.map(({ operation }) => earliestEnd(observation, operation))]);
  const lowSeconds = Math.max(last.lowSeconds, Math.min(earliest, last.highSeconds));
  return { ...eta, lowSeconds, highSeconds: last.highSeconds };
}

/** The earliest end of an operation by the reports of its worker, in seconds; 0 if these are too few to show it, or if nobody is at work on it. */
function earliestEnd(observation: Observation, operation: Operation): number {
  if (operation.status !== 'running' || isHaltedOperation(observation, operation)) return 0;
  const { eta } = operationRateAndEta(observation, operation);
  return eta === null || !hasReportedOften(observation, operation) ? 0 : eta.lowSeconds;
}

/**
 * The ETA of an operation that ends later than in some seconds: by the rate of its worker; while that is unknown (in `status`), by its records
 * since its start, if it ends later even if its worker has done one more batch than it has reported. Null if it may end before, or if
 * nothing shows when.
 */
function endAfter(seconds: number, observation: Observation, table: TableSummary, operation: Operation): Eta | null {
  if (operation.status !== 'running' || isHaltedOperation(observation, operation)) return null;
  const left = leftOf(observation, operation);
  if (left === null || left <= 0) return null;
  const { eta, recordsPerSecond } = operationRateAndEta(observation, operation);
  if (recordsPerSecond !== null) {
    if (!hasReportedOften(observation, operation)) return null;
    const unreported = unreportedIn(observation.throughput.ahead.get(workerKey(operation)) ?? []);
    return left - unreported > seconds * recordsPerSecond ? eta : null;
  }
  const begun = begunAlone(observation, table, operation);
  const [own] = begun?.running ?? [];
  if (begun === null || own === undefined) return null;
  const most = own.records + (operation.batchSize ?? own.records);
  if (left * own.seconds <= seconds * most) return null;
  const byMean = etaOfEnded([begun], evenLeft(left, own.records), observation.snapshot.takenAt);
  // It may be faster now than it was since its start: the earliest end stays that of the others.
  return byMean && { ...byMean, lowSeconds: 0 };
}

/** Whether the worker of an operation has no other one, and has reported often enough to show its rate. */
function hasReportedOften({ throughput, reports, running, snapshot }: Observation, operation: Operation): boolean {
  const key = workerKey(operation);
  const since = throughput.workers.get(key)?.since;
  const seconds = reports.get(key)?.seconds;
  if (since === undefined || seconds === undefined || running.get(key) !== 1) return false;
  return snapshot.takenAt - since >= leastReports * seconds;
}

const leastReports = 8;

/** How many records an operation has left by its last report; null if that is unknown. */
function leftOf(observation: Observation, operation: Operation): number | null {
  const expected = expectedRecordsOf(observation, operation);
  return expected === null ? null : expected - (operation.recordsProcessed ?? 0);
}
