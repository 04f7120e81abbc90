import { type Ahead, unreportedIn } from './ahead.ts';
import { earlyEta, earlyRate } from './early-rate.ts';
import { endedBatches } from './ended-batches.ts';
import { etaOfEnded, etaOfTables } from './ended-eta.ts';
import { type Eta, type EtaOptions, etaOf, gapOf, lastBatchSeconds, type Reporting } from './eta.ts';
import { hasProgressed, isBetweenBatches, mayGoOn } from './going-on.ts';
import { type Left, unreportedLeft } from './left.ts';
import { isHalted, isUncertain, leftIn } from './left-in.ts';
import { mayProgress } from './may-progress.ts';
import { isPausedIn } from './mostly-paused.ts';
import type { Observation } from './observation.ts';
import type { Phase } from './operation.ts';
import { isPaused } from './partial-pause.ts';
import { knownSeconds } from './paused-workers.ts';
import { openIn } from './progress.ts';
import { phaseKey, tableKey } from './rate-keys.ts';
import { type Rate, rateOver, recordsPerSecond, windowOf } from './rates.ts';
import { arePlanned } from './schedule.ts';
import { etaOfEach, lastOf, tableEta } from './several-etas.ts';
import type { Span } from './snapshot.ts';
import { stallsOf } from './stalled-operations.ts';
import { stoppedSince, stoppedSpans } from './stopped-work.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';
import { addSpans, isProgressing, type Throughput } from './throughput.ts';
import { etaByWorkerTime, unlessDefied } from './worker-time.ts';

/** A rate in records a second over the last minute or the last batches (null if unknown), and an ETA. */
export interface RateAndEta {
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
  /** Over how many seconds the rate is the mean; absent if it is 0 or unknown, or that of a few reports. */
  readonly rateSeconds?: number;
}

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
  const stopped = stoppedSpans(observation, phaseKey(phase));
  const rate = seen === undefined ? null : rateOf(seen, ahead, stopped, takenAt);
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
  return {
    recordsPerSecond: early,
    eta: left === null ? null : (endedEta(observation, phase, open, left) ?? plannedEta(seen, takenAt, left)),
  };
}

/** The ETA by the first reports. If the operations are known, they show their speeds once a report shows that work goes on. */
function plannedEta(throughput: Throughput, takenAt: number, left: Left): Eta | null {
  const isKnown = arePlanned(left.plans ?? []);
  if (!isKnown) return earlyEta(throughput, takenAt, left);
  return etaOf({ throughput, takenAt, ...unreportedLeft(left, 0), isDue: true });
}

function etaIn(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  if (isPausedIn(observation, phase)) return null;
  return phase === 'execution' ? migrationEta(observation, ahead, now) : phaseEta(observation, phase, ahead, now);
}

/** The rate and the ETA of the execution of one table. */
export function tableRateAndEta(observation: Observation, table: TableSummary): RateAndEta {
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
    const stopped = stoppedSpans(observation, key);
    const rate = stopped.length === 0 ? null : rateOf(throughput, ahead, stopped, takenAt);
    const now = { now: rate?.recordsPerSecond ?? null, stoppedSince: stoppedSince(observation, key) };
    return rateAndEtaFrom(throughput, ahead, takenAt, left, now);
  }
  return {
    recordsPerSecond: earlyRate(throughput, takenAt)?.recordsPerSecond ?? null,
    eta: left === null ? null : (endedTableEta(observation, table, left) ?? plannedEta(throughput, takenAt, left)),
  };
}

/**
 * Whether too many running operations have an unknown rate, since they have not reported yet. One that began long ago, and did not
 * report in the time of a usual batch either, is not expected to.
 */
export function isRateIncomplete(observation: Observation, key: string, { watchedSince, atWork }: Throughput): boolean {
  const { throughput, snapshot } = observation;
  const unknown = throughput.unknown.get(key) ?? 0;
  const working = atWork.at(-1)?.operations ?? 0;
  const watched = snapshot.takenAt - watchedSince;
  if (watched >= partialSeconds || unknown <= mostUnknown * working) return false;
  const suspected = stallsOf(observation).all.filter(
    ({ operation: { phase, tableName }, stall }) =>
      stall.kind === 'suspected' &&
      watched > overdueBatches * (stall.usualSeconds ?? Number.POSITIVE_INFINITY) &&
      (key === phaseKey(phase) || key === tableKey(phase, tableName)),
  ).length;
  return unknown - suspected > mostUnknown * (working - suspected);
}

/** For how many seconds a rate is unknown if more than this share of the operations at work have not reported yet. */
const partialSeconds = 120;
const mostUnknown = 0.1;
const overdueBatches = 1.2;

/**
 * The rate and the ETA of one throughput.
 *
 * @param ahead estimates of the records processed since the last reports
 * @param left how many records are left by the last reports; null if unknown
 * @param now the rate, if it is known more precisely, and since when workers are paused that were at work before
 */
export function rateAndEtaFrom(
  throughput: Throughput,
  ahead: readonly Ahead[],
  takenAt: number,
  left: Left | null,
  { now = null, stoppedSince = null, isMixed = false }: Pick<EtaOptions, 'now' | 'stoppedSince' | 'isMixed'> = {},
): RateAndEta {
  const whole = addSpans(throughput, ahead, takenAt);
  const rate = now ?? recordsPerSecond(whole, takenAt, windowSeconds(throughput, ahead));
  if (left === null || left.records <= 0) return { recordsPerSecond: rate, eta: null };
  // Reported records are not in `left`.
  const eta = etaOf({
    throughput: whole,
    takenAt,
    ...unreportedLeft(left, unreportedIn(ahead)),
    reporting: reportingOf(ahead),
    now: rate,
    stoppedSince,
    isMixed,
    isDue: isDue(ahead),
  });
  return { recordsPerSecond: rate, eta };
}

/** The rate of a throughput, without workers that are paused now. @param stopped their records (domain/stopped-work.ts) */
function rateOf(
  throughput: Throughput,
  ahead: readonly Ahead[],
  stopped: readonly Span[],
  takenAt: number,
): Rate | null {
  const whole = windowSeconds(throughput, ahead);
  // The earlier work of a paused worker on other tables is known for this long. The others are as many in all of that time.
  const seconds = stopped.length === 0 ? whole : Math.min(whole, knownSeconds);
  const spans = addSpans(throughput, [...ahead, ...stopped], takenAt);
  const rate = rateOver(spans, takenAt, seconds, stopped.length > 0);
  return rate && { ...rate, recordsPerSecond: Math.max(0, rate.recordsPerSecond) };
}

/** How the operations report that are at work; null if it is unknown. */
function reportingOf(ahead: readonly Ahead[]): Reporting | null {
  const reports = ahead.flatMap(({ reportSeconds }) => reportSeconds ?? []);
  if (reports.length === 0) return null;
  const batches = ahead.flatMap(({ batchSeconds }) => batchSeconds ?? []);
  return { gapSeconds: gapOf(reports), lastSeconds: lastBatchSeconds(batches) };
}

/**
 * The time span of a rate in seconds: a minute, or longer if the workers together need longer for some batches, or if what the running
 * batches have done may be off by more than a few percent of the records in it.
 */
function windowSeconds({ gaps }: Throughput, ahead: readonly Ahead[]): number {
  const perSecond = sum(ahead.map(({ reportSeconds }) => (reportSeconds === null ? 0 : 1 / reportSeconds)));
  // Between two operations of the only worker nothing runs.
  const usual = sum(gaps) / Math.max(1, gaps.length);
  const seconds = windowOf(perSecond > 0 ? 1 / perSecond : usual);
  const offBy = Math.sqrt(sum(ahead.map((one) => (one.usual?.offBy ?? 0) ** 2)));
  const rate = sum(ahead.map((one) => one.usual?.recordsPerSecond ?? 0));
  return rate <= 0 ? seconds : Math.max(seconds, Math.min(longestRateSeconds, offBy / (mostOff * rate)));
}

/** By which share of a rate the estimates in it may be off: two standard deviations are 5 %. */
const mostOff = 0.025;
const longestRateSeconds = 1800;

const isDue = (ahead: readonly Ahead[]): boolean => ahead.some((one) => one.isDue);

/** Whether a worker is at work on an open operation of a table, or may begin one. */
function hasWork(observation: Observation, table: TableSummary, phase: Phase): boolean {
  return openIn(table.statuses) > 0 && !isHalted(observation, table, phase);
}

/** The ETA of the execution of one table by batches that completed before the first poll; null if unknown. */
function endedTableEta(observation: Observation, table: TableSummary, left: Left): Eta | null {
  const ended = endedBatches(observation, 'execution', table);
  return ended === null || left.records <= 0 ? null : etaOfEnded([ended], left, observation.snapshot.takenAt);
}

/** The ETA of a phase by batches that completed before the first poll, or by the records of operations that are evidently at work. */
function endedEta(observation: Observation, phase: Phase, open: readonly TableSummary[], left: Left): Eta | null {
  const tables = open.flatMap((table) => {
    const own = leftIn(observation, [table], phase);
    return own === null
      ? []
      : [{ tableName: table.tableName, ended: endedBatches(observation, phase, table), left: own }];
  });
  return etaOfTables(tables, left, observation.snapshot.takenAt, observation.throughput.isRoaming);
}

/** The ETA of a phase other than execution. */
function phaseEta(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, snapshot, totals } = observation;
  const seen = throughput.phases.get(phase);
  const open = (totals.get(phase)?.tables ?? []).filter((table) => hasWork(observation, table, phase));
  const left = leftIn(observation, open, phase);
  const known = { now, stoppedSince: stoppedSince(observation, phaseKey(phase)), isMixed: open.length > 1 };
  return seen === undefined || left === null ? null : rateAndEtaFrom(seen, ahead, snapshot.takenAt, left, known).eta;
}

/**
 * The ETA of the execution phase. If several tables progress, their workers may or may not continue with other tables when
 * one is done: the range includes both ends.
 */
function migrationEta(observation: Observation, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, tables, snapshot } = observation;
  const { takenAt } = snapshot;
  const progressing = tables.filter(({ tableName }) => {
    const own = throughput.tables.get(tableName);
    const due = isDue(throughput.ahead.get(tableKey('execution', tableName)) ?? []);
    return own !== undefined && isProgressing(own, takenAt, due);
  });
  // In a table without open operations no worker will process the missing records; unless it was worked on a moment ago.
  const active = new Set(progressing);
  const open = tables.filter(
    (table) =>
      hasWork(observation, table, 'execution') ||
      active.has(table) ||
      mayGoOn(observation, table) ||
      isBetweenBatches(observation, table),
  );
  const left = leftIn(observation, open);
  if (left === null) return null;
  const known = { now, stoppedSince: stoppedSince(observation, phaseKey('execution')), isMixed: tables.length > 1 };
  const byRecords = rateAndEtaFrom(throughput.evidence, ahead, takenAt, left, known).eta;
  // Also of tables that are done: the rate of the last minute may be theirs.
  const byTime = etaByWorkerTime(
    tables
      .filter((table) => open.includes(table) || hasProgressed(observation, table))
      .map((table) => ({
        left: leftIn(observation, [table]),
        speed: table.recordsPerSecond,
        batchSeconds: table.averageBatchSeconds,
        running: throughput.tables.get(table.tableName)?.atWork.at(-1)?.operations ?? 0,
      })),
  );
  const whole = unlessDefied(byRecords, byTime);
  const single = progressing.flatMap((table) => tableEta(table.tableName, tableRateAndEta(observation, table).eta));
  // Workers that go from table to table progress in none of them for long.
  if (whole === null || single.length === 0 || tables.length === 1 || throughput.isRoaming) return whole;
  if (open.length === 1) return lastOf(single.map(({ eta }) => eta));
  return etaOfEach(
    whole,
    single,
    open.every((table) => active.has(table)),
  );
}
