import { type Eta, etaOf } from './eta.ts';
import { type Ahead, phaseKey, tableKey } from './groups.ts';
import type { Observation } from './observation.ts';
import type { Phase } from './operation.ts';
import { openIn } from './progress.ts';
import { isCounting } from './snapshot.ts';
import { stallsOf } from './stalled-operations.ts';
import type { TableSummary } from './summary.ts';
import { addSpans, isProgressing, rateWindowSeconds, recordsPerSecond, type Throughput } from './throughput.ts';

/** How fast something goes, in records a second over the last minute (null where that is not known yet), and its ETA. */
export interface Pace {
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
}

/** The pace of the phase that is under way. Only what polls saw counts as a rate: what the table holds may be old. */
export function paceOf(observation: Observation): Pace {
  const { throughput, migration, snapshot } = observation;
  const { takenAt } = snapshot;
  const phase = migration.currentPhase ?? 'execution';
  const seen = throughput.phases.get(phase);
  const ahead = throughput.ahead.get(phaseKey(phase)) ?? [];
  const rate = seen === undefined ? null : paceFrom(seen, ahead, takenAt, null).recordsPerSecond;
  const isUnknown = seen?.progressAt === null && mayProgress(observation, phase);
  return {
    recordsPerSecond: isUnknown ? null : rate,
    eta: phase === 'execution' ? migrationEta(observation, ahead, rate) : null,
  };
}

/** The pace of the execution of one table. */
export function tablePace(observation: Observation, table: TableSummary): Pace {
  const { takenAt } = observation.snapshot;
  const throughput = observation.throughput.tables.get(table.tableName);
  if (throughput === undefined) return { recordsPerSecond: null, eta: null };
  const ahead = observation.throughput.ahead.get(tableKey('execution', table.tableName)) ?? [];
  const isUnknown = throughput.progressAt === null && mayProgress(observation, 'execution', table.tableName);
  const remaining = isUncertain(observation, table) ? null : remainingOf(table);
  const pace = paceFrom(throughput, ahead, takenAt, remaining);
  return isUnknown ? { ...pace, recordsPerSecond: null } : pace;
}

/**
 * The pace of one throughput.
 *
 * @param ahead what was processed since the last reports, as far as can be told
 * @param remaining records that are left by the last reports; null where that is not known
 * @param now the rate of the last minute, where it is known better
 */
export function paceFrom(
  throughput: Throughput,
  ahead: readonly Ahead[],
  takenAt: number,
  remaining: number | null,
  now: number | null = null,
): Pace {
  const whole = addSpans(throughput, ahead, takenAt);
  // What has been reported is no longer in what remains.
  const done = ahead.reduce((sum, { records, isReported }) => sum + (isReported ? 0 : records), 0);
  const left = remaining === null || remaining <= 0 ? null : Math.max(1, remaining - done);
  return {
    recordsPerSecond: recordsPerSecond(whole, takenAt, rateWindowSeconds),
    eta: etaOf({ throughput: whole, takenAt, remaining: left, now }),
  };
}

/** Whether something runs that is not late: until its next report a rate of nothing would say too much. */
function mayProgress(observation: Observation, phase: Phase, tableName?: string): boolean {
  const stalls = stallsOf(observation);
  const { takenAt, operations } = observation.snapshot;
  return operations.some(
    (operation) =>
      operation.status === 'running' &&
      operation.phase === phase &&
      (tableName === undefined || operation.tableName === tableName) &&
      stalls.of(operation) === undefined &&
      // Without a usual batch to compare it with, what began long ago says nothing.
      takenAt - (operation.startedAt ?? Number.NEGATIVE_INFINITY) < longestBatchSeconds,
  );
}

/** An operation that has run for longer than this is expected to have reported. */
const longestBatchSeconds = 3600;

/** What is left is not known before all of the table has been counted, nor where its convention is unclear. */
function isUncertain({ snapshot }: Observation, { counting }: TableSummary): boolean {
  return isCounting(snapshot) || counting === 'unclear';
}

function remainingOf({ totalRecords, recordsProcessed }: TableSummary): number | null {
  return totalRecords === null ? null : Math.max(0, totalRecords - recordsProcessed);
}

/**
 * The end of the execution phase. Where several tables progress, their workers may go on with other tables when one is
 * done, or they may not: the range holds both ends.
 */
function migrationEta(observation: Observation, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, tables, snapshot } = observation;
  const { takenAt } = snapshot;
  const moving = tables.filter(({ tableName }) => {
    const own = throughput.tables.get(tableName);
    return own !== undefined && isProgressing(own, takenAt);
  });
  // Nobody will process what a table without open operations lacks.
  const open = tables.filter((table) => openIn(table.statuses) > 0 || moving.includes(table));
  const uncertain = open.filter((table) => isUncertain(observation, table));
  const remaining = open.map(remainingOf).filter((one) => one !== null);
  if (moving.length === 0 || uncertain.length > 0 || remaining.length === 0) return null;
  const left = remaining.reduce((sum, one) => sum + one, 0);
  const whole = paceFrom(throughput.migration, ahead, takenAt, left, now).eta;
  const single = moving.map((table) => tablePace(observation, table).eta).filter((eta) => eta !== null);
  if (whole === null || single.length === 0 || tables.length === 1) return whole;
  const last = {
    lowSeconds: Math.max(...single.map(({ lowSeconds }) => lowSeconds)),
    highSeconds: Math.max(...single.map(({ highSeconds }) => highSeconds)),
  };
  if (open.length === 1) return last;
  return {
    lowSeconds: Math.min(whole.lowSeconds, last.lowSeconds),
    highSeconds: Math.max(whole.highSeconds, last.highSeconds),
  };
}
