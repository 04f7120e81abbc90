import { workedSeconds } from './at-work.ts';
import { slowestBatchSeconds } from './batch-speeds.ts';
import { speedsIn } from './batch-times.ts';
import { batchesLeft } from './batches-left.ts';
import { failingAgain } from './failing-again.ts';
import { shortOfOwn } from './fewest-records.ts';
import { ownLeft, withoutHalted } from './halted.ts';
import { lastBatches } from './last-batches.ts';
import { addedLeft, begunRecords, type Left, leftOf } from './left.ts';
import { listedIn } from './listed-operations.ts';
import type { Observation } from './observation.ts';
import { notRetriedIn } from './open-retry.ts';
import type { Operation, Phase } from './operation.ts';
import { ownPlans, type RunningWork } from './own-works.ts';
import { openIn } from './progress.ts';
import { tableKey, workerKey } from './rate-keys.ts';
import { recordsPerSecond } from './rates.ts';
import type { UsualReport } from './report-times.ts';
import type { TablePlans } from './schedule.ts';
import { isCounting } from './snapshot.ts';
import { isProven, stallsOf } from './stalled-operations.ts';
import type { TableSummary } from './summary.ts';

/** Returns the work that several tables have left; null if it is unknown for one of them. */
export function leftIn(
  observation: Observation,
  tables: readonly TableSummary[],
  phase: Phase = 'execution',
): Left | null {
  const all = observation.totals.get(phase)?.tables ?? tables;
  return addedLeft(
    tables.map((table) => (isUncertain(observation, table) ? null : leftInTable(observation, table, phase, all))),
  );
}

/** Computed once for each table: its own ETA needs it, and that of the migration. */
function leftInTable(
  observation: Observation,
  table: TableSummary,
  phase: Phase,
  all: readonly TableSummary[],
): Left | null {
  const { reports, memo, triage } = observation;
  const known = memo(noLefts, observation);
  const before = known.get(table);
  if (before !== undefined) return before;
  const key = tableKey(phase, table.tableName);
  const { going, halted } = haltedIn(observation, phase, table);
  const running = runningOf(observation, going);
  const reported = {
    records: reports.get(key)?.records ?? null,
    speedOf: (operation: Operation) => ownSpeed(observation, operation),
    plans: memo(plansByTable, observation).get(key) ?? null,
    batches: batchesLeft(table, running, {
      speeds: speedsIn(observation, table, running),
      times: observation.batchTimes.get(phase) ?? null,
      slowestSeconds:
        table.statuses.pending === 0
          ? 0
          : slowestBatchSeconds(table, workerReports(observation, phase, table.tableName)),
    }),
    givenUp: table.statuses.skipped + (triage.isWhole ? notRetriedIn(observation, phase, table.tableName) : 0),
  };
  const rest = withoutHalted(table, halted);
  const left = leftOf(rest, going, all, reported, memo);
  const whole = left === null ? null : { ...left, last: lastBatchesOf(observation, rest, going, left) };
  known.set(table, whole);
  return whole;
}

function lastBatchesOf(
  observation: Observation,
  table: TableSummary,
  going: readonly Operation[],
  left: Left,
): Left['last'] {
  const running = going.filter(({ status }) => status === 'running');
  const workOf = (operation: Operation) => runningWork(observation, operation);
  const { records, fewest } = left;
  return lastBatches(table, { running, workOf, takenAt: observation.snapshot.takenAt, records, fewest });
}

const noLefts = (_: Observation): Map<TableSummary, Left | null> => new Map();

/** Whether the remaining records are unknown: before all of the table has been counted, or if its counting is unclear. */
export function isUncertain({ snapshot }: Observation, { counting }: TableSummary): boolean {
  return isCounting(snapshot) || counting === 'unclear';
}

/**
 * Whether no worker is at work on the open operations of a table: all of them are paused, have stalled, or fail again and again. An ETA leaves these out, and
 * what is left of the table with them.
 */
export function isHalted(observation: Observation, { tableName, statuses }: TableSummary, phase: Phase): boolean {
  const halted = listedIn(observation, phase, tableName).filter((operation) =>
    isHaltedOperation(observation, operation),
  );
  return halted.length > 0 && halted.length === openIn(statuses);
}

/** Whether no worker is at work on an operation with an end: it is paused, has stalled, or fails again and again. */
export function isHaltedOperation(observation: Observation, operation: Operation): boolean {
  if (operation.status !== 'running') return operation.status === 'paused';
  if (observation.memo(failingAgain, observation).has(operation.id)) return true;
  const stall = stallsOf(observation).of(operation);
  return stall !== undefined && isProven(stall);
}

/** The listed operations of a table: those on which no worker is at work, if it is known what they have left, and the others. */
function haltedIn(observation: Observation, phase: Phase, table: TableSummary) {
  const going: Operation[] = [];
  const halted: Operation[] = [];
  for (const operation of listedIn(observation, phase, table.tableName)) {
    const isOut = isHaltedOperation(observation, operation) && ownLeft(table, operation) !== null;
    (isOut ? halted : going).push(operation);
  }
  return { going, halted };
}

/** How the operations of each table of the current phase may go on, by `tableKey`: of tables in which nothing else may be left. */
function plansByTable(observation: Observation): ReadonlyMap<string, TablePlans> {
  const { migration, totals, snapshot, memo, throughput } = observation;
  const plans = new Map<string, TablePlans>();
  const phase = migration.currentPhase ?? 'execution';
  const ofPhase = totals.get(phase);
  const totalOf = new Map(ofPhase?.totals.map((total) => [total.tableName, total]));
  const { takenAt, zone } = snapshot;
  for (const table of ofPhase?.tables.filter(isOwnTotals) ?? []) {
    const { tableName, statuses } = table;
    const total = totalOf.get(tableName);
    if (total === undefined || openIn(statuses) === 0) continue;
    const { going, halted } = haltedIn(observation, phase, table);
    const known = ownPlans(
      {
        total,
        halted: new Set(halted.map(({ id }) => id)),
        running: going.flatMap((operation) =>
          operation.status === 'running' ? [runningWork(observation, operation)] : [],
        ),
        throughput: (phase === 'execution' ? throughput.tables.get(tableName) : throughput.phases.get(phase)) ?? null,
        short: shortOfOwn(
          table,
          {
            begun: begunRecords([...going, ...halted]),
            reported: observation.reports.get(tableKey(phase, tableName))?.records ?? null,
          },
          ofPhase?.tables ?? [],
          memo,
        ),
        takenAt,
        zone,
        workedSeconds: (operation) => workedSeconds(operation, snapshot),
      },
      memo,
    );
    if (known !== null) plans.set(tableKey(phase, tableName), known);
  }
  return plans;
}

/** A worker that runs several operations on one table does not show the speed of each. */
function runningWork({ throughput, reports, running }: Observation, operation: Operation): RunningWork {
  const key = workerKey(operation);
  const isAlone = (running.get(key) ?? 0) <= 1;
  const ofTable = reports.get(tableKey(operation.phase, operation.tableName)) ?? null;
  return {
    operation,
    throughput: isAlone ? (throughput.workers.get(key) ?? null) : null,
    report: (isAlone ? reports.get(key) : undefined) ?? ofTable,
    ahead: isAlone ? (throughput.ahead.get(key) ?? []) : [],
  };
}

const isOwnTotals = ({ counting }: TableSummary): boolean => counting === 'own totals';

/** The records a second of an operation in the last minutes; null if too few reports show them. */
function ownSpeed({ throughput, reports, snapshot, running }: Observation, operation: Operation): number | null {
  const key = workerKey(operation);
  const own = throughput.workers.get(key);
  const seconds = reports.get(key)?.seconds;
  if (own === undefined || seconds === undefined || (running.get(key) ?? 0) > 1) return null;
  const { takenAt } = snapshot;
  return takenAt - own.since < leastSpeedReports * seconds ? null : recordsPerSecond(own, takenAt, speedSeconds);
}

const speedSeconds = 600;
const leastSpeedReports = 8;

/** The usual reports on a table of the workers that are at work in its phase. */
function workerReports(observation: Observation, phase: Phase, tableName: string): readonly UsualReport[] {
  const workers = observation.memo(workersAtWork, observation).get(phase) ?? [];
  return workers.flatMap((one) => observation.reports.get(workerKey({ ...one, phase, tableName })) ?? []);
}

function workersAtWork(observation: Observation): ReadonlyMap<Phase, readonly Operation[]> {
  const named = observation.snapshot.operations.filter(({ workerId }) => workerId !== null);
  return Map.groupBy(runningOf(observation, named), ({ phase }) => phase);
}

const runningOf = (observation: Observation, listed: readonly Operation[]): readonly Operation[] =>
  listed.filter((one) => one.status === 'running' && stallsOf(observation).of(one) === undefined);
