import { type Eta, etaOf } from './eta.ts';
import type { Observation } from './observation.ts';
import type { Operation, Phase, StatusCounts } from './operation.ts';
import { openIn } from './progress.ts';
import { type Ahead, phaseKey, tableKey } from './rate-groups.ts';
import { remainingRecords } from './remaining.ts';
import { isCounting } from './snapshot.ts';
import { stallsOf } from './stalled-operations.ts';
import { summariseTables, type TableSummary } from './summary.ts';
import { addSpans, isProgressing, rateWindowSeconds, recordsPerSecond, type Throughput } from './throughput.ts';

/** How fast something goes, in records a second over the last minute (null where that is not known yet), and its ETA. */
export interface RateAndEta {
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
}

/** The pace of the phase that is under way. Only what polls saw counts as a rate: what the table holds may be old. */
export function phaseRateAndEta(observation: Observation): RateAndEta {
  const { throughput, migration, snapshot } = observation;
  const { takenAt } = snapshot;
  const phase = migration.currentPhase ?? 'execution';
  const seen = throughput.phases.get(phase);
  const ahead = throughput.ahead.get(phaseKey(phase)) ?? [];
  const rate = seen === undefined ? null : rateAndEtaFrom(seen, ahead, takenAt, null).recordsPerSecond;
  const isUnknown = seen?.progressAt === null && mayProgress(observation, phase);
  return {
    recordsPerSecond: isUnknown ? null : rate,
    eta: etaIn(observation, phase, ahead, rate),
  };
}

function etaIn(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  const statuses = observation.phases.find((one) => one.phase === phase)?.statuses;
  if (statuses !== undefined && isHeld(statuses)) return null;
  return phase === 'execution' ? migrationEta(observation, ahead, now) : phaseEta(observation, phase, ahead, now);
}

/** Whether all that has begun is paused. What is between two batches has nothing running either. */
function isHeld({ running, paused }: StatusCounts): boolean {
  return running === 0 && paused > 0;
}

/** The pace of the execution of one table. */
export function tableRateAndEta(observation: Observation, table: TableSummary): RateAndEta {
  const { takenAt } = observation.snapshot;
  const throughput = observation.throughput.tables.get(table.tableName);
  if (throughput === undefined) return { recordsPerSecond: null, eta: null };
  const ahead = observation.throughput.ahead.get(tableKey('execution', table.tableName)) ?? [];
  const isUnknown = throughput.progressAt === null && mayProgress(observation, 'execution', table.tableName);
  const remaining = isHeld(table.statuses) || isUncertain(observation, table) ? null : remainingOf(observation, table);
  const pace = rateAndEtaFrom(throughput, ahead, takenAt, remaining);
  return isUnknown ? { ...pace, recordsPerSecond: null } : pace;
}

/**
 * The pace of one throughput.
 *
 * @param ahead what was processed since the last reports, as far as can be told
 * @param remaining records that are left by the last reports; null where that is not known
 * @param now the rate of the last minute, where it is known better
 */
export function rateAndEtaFrom(
  throughput: Throughput,
  ahead: readonly Ahead[],
  takenAt: number,
  remaining: number | null,
  now: number | null = null,
): RateAndEta {
  const whole = addSpans(throughput, ahead, takenAt);
  // What has been reported is no longer in what remains.
  const done = ahead.reduce((sum, { records, isReported }) => sum + (isReported ? 0 : records), 0);
  const left = remaining === null || remaining <= 0 ? null : Math.max(1, remaining - done);
  return {
    recordsPerSecond: recordsPerSecond(whole, takenAt, rateWindowSeconds),
    eta: etaOf({ throughput: whole, takenAt, remaining: left, now, isDue: isDue(ahead) }),
  };
}

const isDue = (ahead: readonly Ahead[]): boolean => ahead.some((one) => one.isDue);

/** Whether something runs that is not late: until its next report a rate of nothing would say too much. */
function mayProgress(observation: Observation, phase: Phase, tableName?: string): boolean {
  const stalls = stallsOf(observation);
  const { takenAt, operations } = observation.snapshot;
  return operations.some(
    (operation) =>
      operation.status === 'running' &&
      operation.phase === phase &&
      (tableName === undefined || operation.tableName === tableName) &&
      // A suspicion does not prove that it stands still.
      (stalls.of(operation)?.kind ?? 'suspected') === 'suspected' &&
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

const liveOperations = new WeakMap<Observation, ReadonlyMap<string, readonly Operation[]>>();

/** The listed operations of each phase and table. Grouped once for each observation. */
function listedIn(observation: Observation, phase: Phase, tableName: string): readonly Operation[] {
  const known = liveOperations.get(observation);
  const groups =
    known ??
    Map.groupBy(observation.snapshot.operations, (operation) => tableKey(operation.phase, operation.tableName));
  if (known === undefined) liveOperations.set(observation, groups);
  return groups.get(tableKey(phase, tableName)) ?? [];
}

function remainingOf(observation: Observation, table: TableSummary, phase: Phase = 'execution'): number | null {
  return remainingRecords(table, listedIn(observation, phase, table.tableName));
}

/** What is left of several tables; null where that is not known of one. */
function remainingIn(observation: Observation, tables: readonly TableSummary[], phase: Phase): number | null {
  let records = 0;
  for (const table of tables) {
    const left = isUncertain(observation, table) ? null : remainingOf(observation, table, phase);
    if (left === null) return null;
    records += left;
  }
  return records;
}

/** The end of a phase other than the execution. */
function phaseEta(observation: Observation, phase: Phase, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, snapshot } = observation;
  const seen = throughput.phases.get(phase);
  const open = summariseTables(snapshot.totals, phase).filter(({ statuses }) => openIn(statuses) > 0);
  const left = remainingIn(observation, open, phase);
  return seen === undefined || left === null ? null : rateAndEtaFrom(seen, ahead, snapshot.takenAt, left, now).eta;
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
    const due = isDue(throughput.ahead.get(tableKey('execution', tableName)) ?? []);
    return own !== undefined && isProgressing(own, takenAt, due);
  });
  // Nobody will process what a table without open operations lacks.
  const open = tables.filter((table) => openIn(table.statuses) > 0 || moving.includes(table));
  const left = remainingIn(observation, open, 'execution');
  if (moving.length === 0 || left === null) return null;
  const whole = rateAndEtaFrom(throughput.migration, ahead, takenAt, left, now).eta;
  const single = moving.map((table) => tableRateAndEta(observation, table).eta).filter((eta) => eta !== null);
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
