import type { Ahead } from './ahead.ts';
import { endByBatches } from './batches-left.ts';
import type { Eta } from './eta.ts';
import { isBetweenBatches, mayGoOn } from './going-on.ts';
import { evenLeft, type Left } from './left.ts';
import { leftIn } from './left-in.ts';
import type { Observation } from './observation.ts';
import { withLastOperation } from './operation-eta.ts';
import { usualBatch } from './planned-speeds.ts';
import { phaseKey, tableKey } from './rate-keys.ts';
import { haltedSpans } from './resumed-work.ts';
import { arePlanned } from './schedule.ts';
import { etaOfAll, tableEta } from './several-etas.ts';
import { stoppedSince } from './stopped-work.ts';
import type { TableSummary } from './summary.ts';
import { hasWork, tableRateAndEta } from './table-eta.ts';
import { isProgressing, meanAtWork, secondsRunning, type Throughput } from './throughput.ts';
import { isDue, rateAndEtaFrom, rateOf } from './throughput-eta.ts';
import { inSeconds, inWorkerSeconds, mostEfficiency, sincePlausible, type TableWork } from './worker-seconds.ts';

/**
 * The ETA of the execution phase. If several tables progress, their workers may or may not continue with other tables when
 * one is done: the range includes both ends.
 */
export function migrationEta(observation: Observation, ahead: readonly Ahead[], now: number | null): Eta | null {
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
  const isOpen = new Set(open);
  // In a table that is done, perhaps with fewer records than expected, nothing is left.
  const workOf = (table: TableSummary): Work => ({
    table,
    left: isOpen.has(table) ? leftIn(observation, [table]) : evenLeft(0, table.recordsProcessed),
  });
  // Also tables that are done: the records of the last hour may be theirs.
  const works = tables.filter((table) => isOpen.has(table) || hasThroughput(observation, table)).map(workOf);
  const whole = etaByWorkerSeconds(observation, works, left) ?? etaByRecords(observation, left, ahead, now);
  const single = progressing.flatMap((table) => tableEta(table.tableName, tableRateAndEta(observation, table).eta));
  const eta = etaOfAll(whole, single, {
    // Workers that go from table to table progress in none of them for long.
    isWhole: tables.length === 1 || throughput.isRoaming,
    open: open.length,
    isEachWorkedOn: open.every((table) => active.has(table)),
  });
  return withLastOperation(observation, 'execution', open, left, eta);
}

/** A table that counts, and the records that are left of it; null if unknown. */
interface Work {
  readonly table: TableSummary;
  readonly left: Left | null;
}

/** The ETA by the rate of all records. */
function etaByRecords(observation: Observation, left: Left, ahead: readonly Ahead[], now: number | null): Eta | null {
  const { throughput, tables, snapshot } = observation;
  const known = { now, stoppedSince: stoppedSince(observation, phaseKey('execution')), isMixed: tables.length > 1 };
  return rateAndEtaFrom(throughput.evidence, ahead, snapshot.takenAt, left, known).eta;
}

/** The records of a table in the last hour; undefined if there is none. */
const hourOf = ({ throughput }: Observation, { tableName }: TableSummary): Throughput | undefined =>
  throughput.ended.get(tableName) ?? throughput.tables.get(tableName);

/** Whether any record of the last hour is one of a table. */
function hasThroughput(observation: Observation, table: TableSummary): boolean {
  return hourOf(observation, table)?.slices.some((records) => records > 0) === true;
}

/** The ETA of tables whose records take different times, by the time of the workers; null if they do not, or if it is unknown. */
function etaByWorkerSeconds(observation: Observation, works: readonly Work[], left: Left): Eta | null {
  const { throughput, snapshot } = observation;
  if (arePlanned(left.plans ?? []) || endByBatches(left.batches)?.isProven === true) return null;
  const timed = inWorkerSeconds(
    throughput.evidence,
    works.map(({ table, left: own }): TableWork => {
      const key = tableKey('execution', table.tableName);
      return {
        speed: table.recordsPerSecond,
        batch: usualBatch(table),
        throughput: hourOf(observation, table),
        ahead: throughput.ahead.get(key) ?? [],
        stopped: haltedSpans(observation, key, throughput.evidence),
        left: own,
      };
    }),
  );
  if (timed === null) return null;
  const { takenAt } = snapshot;
  const { atWork: workers } = timed.throughput;
  const since = workers[0]?.from ?? takenAt;
  const evidence = sincePlausible(timed.throughput, takenAt, (from, to) =>
    from < since ? null : meanAtWork(workers, from, to) * secondsRunning(timed.throughput, from, to),
  );
  const rate = rateOf(evidence, timed.ahead, timed.stopped, takenAt);
  const now = rate?.recordsPerSecond ?? 0;
  const atWork = throughput.evidence.atWork.at(-1)?.operations ?? 0;
  if (now < leastEfficiency * atWork || now > mostEfficiency * atWork) return null;
  const known = { now, stoppedSince: stoppedSince(observation, phaseKey('execution')) };
  const own = inSeconds(left, timed.left);
  const { eta } = rateAndEtaFrom(evidence, timed.ahead, takenAt, own, known);
  // The slowest worker may take the last batch.
  const { slowest = 0, longest = 0 } = left.batches ?? {};
  return eta && { ...eta, highSeconds: eta.highSeconds + Math.max(0, slowest - longest) };
}

/** The workers have to be at least this many times as fast as the completed batches, and at most `mostEfficiency` times. */
const leastEfficiency = 0.25;
