import { isAtWork, type LastStatements, workedSeconds } from './at-work.ts';
import { type BegunOperation, begunBatches, type EndedBatches } from './ended-eta.ts';
import { endedWithoutPauses } from './ended-pauses.ts';
import { listedIn } from './listed-operations.ts';
import type { Observation } from './observation.ts';
import { type Operation, operationKey, type Phase } from './operation.ts';
import { totalIn } from './phase-totals.ts';
import type { Total } from './snapshot.ts';
import { isProven, stallsOf } from './stalled-operations.ts';
import { workedShare } from './stalls.ts';
import type { TableSummary } from './summary.ts';
import { trackFor } from './tracks.ts';

/**
 * The batches of a table that completed in the last hour, and the operations that are running; null if neither shows how fast they are.
 * An operation that is evidently at work shows that by its records.
 */
export function endedBatches(observation: Observation, phase: Phase, table: TableSummary): EndedBatches | null {
  const ended = phase === 'execution' ? observation.throughput.ended.get(table.tableName) : undefined;
  const { averageBatchSeconds, recordsPerSecond: average, largestBatch: batchSize, counting } = table;
  const { snapshot, totals, memo } = observation;
  const total = totalIn(totals, phase, table.tableName);
  const worked = total === undefined ? 1 : workedShare(total, snapshot);
  const batchSeconds = averageBatchSeconds === null ? null : worked * averageBatchSeconds;
  const isEnded = ended !== undefined && batchSeconds !== null && average !== null;
  const signs = memo(signsOfWork, observation);
  if (!isEnded && (signs.size === 0 || counting === 'cumulative')) return null;
  const stalls = stallsOf(observation);
  const running = listedIn(observation, phase, table.tableName).filter(
    (operation) => operation.status === 'running' && stalls.of(operation) === undefined,
  );
  const begunFor = (unknownSeconds: number): readonly BegunOperation[] =>
    running.map((operation) => begunOf(observation, { table, total }, operation, unknownSeconds));
  if (!isEnded) {
    const begun = begunBatches(begunFor(0), batchSize, snapshot.takenAt);
    return begun === null || isWithoutSpeed(observation, phase, begun, average) ? null : begun;
  }
  return {
    throughput: endedWithoutPauses({ ...table, ended, batchSeconds }, snapshot.pauses ?? [], snapshot.takenAt),
    batchSeconds,
    batchRecords: (average * batchSeconds) / worked,
    batchSize,
    running: begunFor(batchSeconds / 2),
  };
}

/** A running operation of a table since its start, if no stall is known. @param unknownSeconds how long, if its row does not say it */
function begunOf(
  observation: Observation,
  { table, total }: { readonly table: TableSummary; readonly total: Total | undefined },
  operation: Operation,
  unknownSeconds: number,
): BegunOperation {
  const { snapshot, memo } = observation;
  return {
    seconds: workedSeconds(operation, snapshot) ?? unknownSeconds,
    // The records that it had before polls saw it begin say nothing about its speed.
    records: hadRecordsBefore(operation, observation) ? 0 : ownRecords(operation, table),
    isAtWork: isAtWork(memo(signsOfWork, observation), operation, snapshot, total, memo),
  };
}

/**
 * How fast an operation is since its start, for `etaOfEnded`; null if it is not evidently at work, or if its records do not show it.
 *
 * @param table that of the operation
 */
export function begunAlone(
  observation: Observation,
  table: TableSummary,
  operation: Operation,
): (EndedBatches & { readonly running: readonly [BegunOperation] }) | null {
  if (operation.status !== 'running' || table.counting === 'cumulative') return null;
  if (stallsOf(observation).of(operation) !== undefined) return null;
  const total = totalIn(observation.totals, operation.phase, table.tableName);
  const begun = begunOf(observation, { table, total }, operation, 0);
  const batches = begunBatches([begun], table.largestBatch, observation.snapshot.takenAt);
  if (batches === null || isWithoutSpeed(observation, operation.phase, batches, table.recordsPerSecond)) return null;
  return { ...batches, running: [begun] };
}

/**
 * If the running operations are this many times slower by their starts than the completed ones, the clock of their writers is
 * behind, or they had stopped for long; if they are this many times faster, they had records before they started. Their time says
 * nothing about their speed.
 */
const mostDifference = 8;

/** @param average the records a second of completed operations; null without one */
function isOtherSpeed({ batchRecords, batchSeconds }: EndedBatches, average: number | null): boolean {
  if (average === null) return false;
  const times = batchRecords / batchSeconds / average;
  return times * mostDifference < 1 || times > mostDifference;
}

/**
 * Whether the time of some running operations says nothing about their speed: they contradict the completed ones of their table or, if it has
 * none, most running operations of other tables contradict those of theirs. One clock writes the starts of a phase.
 *
 * @param average the records a second of the completed operations of their table; null without one
 */
function isWithoutSpeed(observation: Observation, phase: Phase, begun: EndedBatches, average: number | null): boolean {
  return average === null ? observation.memo(lateClocks, observation).has(phase) : isOtherSpeed(begun, average);
}

/** One slow operation may be slow. */
const leastSlow = 2;

/** The phases in which most running operations are much slower by their starts than the completed ones of their tables. */
function lateClocks(observation: Observation): ReadonlySet<Phase> {
  const { totals, snapshot } = observation;
  const stalls = stallsOf(observation);
  const phases = [...totals].filter(([phase, { tables }]) => {
    const slow = tables.flatMap(({ tableName, recordsPerSecond: average }) =>
      (average === null ? [] : listedIn(observation, phase, tableName)).flatMap((operation) => {
        const [seconds, records] = [workedSeconds(operation, snapshot), operation.recordsProcessed ?? 0];
        const stall = stalls.of(operation);
        if (operation.status !== 'running' || seconds === null || records <= 0 || (stall && isProven(stall))) return [];
        return [records * mostDifference < (average ?? 0) * seconds];
      }),
    );
    const count = slow.filter((isSlow) => isSlow).length;
    return count >= leastSlow && 2 * count > slow.length;
  });
  return new Set(phases.map(([phase]) => phase));
}

/**
 * Whether the records of an operation say nothing about its speed: it was not running yet at the first poll, or polls saw much less
 * than its mean since its start, so it had records before.
 */
function hadRecordsBefore(operation: Operation, { snapshot, tracks, throughput }: Observation): boolean {
  const track = trackFor(tracks, operation);
  if (track === undefined) return false;
  if (track.beganHalted || track.firstSeenAt > throughput.migration.watchedSince) return true;
  const seconds = workedSeconds(operation, snapshot);
  const report = track.firstGain?.records ?? operation.batchSize ?? 0;
  if (seconds === null || report <= 0) return false;
  const watched = Math.min(seconds, snapshot.takenAt - track.firstSeenAt);
  const reports = (watched * (operation.recordsProcessed ?? 0)) / (seconds * report);
  return reports > (track.firstGain === null ? mostUnseen : mostBesideOne);
}

/** How many reports an operation may have made by its mean while polls saw none, or one, before they contradict the mean. */
const mostUnseen = 8;
const mostBesideOne = 4;

/** The records of an operation itself: a cumulative counter has those of all batches before it. */
function ownRecords({ recordsProcessed, batchSize }: Operation, { counting }: TableSummary): number {
  const counter = Math.max(0, recordsProcessed ?? 0);
  if (counting !== 'cumulative' || counter === 0) return counter;
  return batchSize === null || batchSize <= 0 ? 0 : counter % batchSize || batchSize;
}

/**
 * The last signs of work of running operations, by `operationKey`: statements of their sessions, and reports that polls saw. A worker
 * that reported on one of its operations works on all of them.
 */
function signsOfWork({ snapshot, statements, tracks }: Observation): LastStatements {
  const signs = new Map(statements);
  const ofWorker = new Map<string, number>();
  const running = snapshot.operations.filter(({ status }) => status === 'running');
  const keyOf = (operation: Operation): string => `${operation.workerId ?? operationKey(operation)}`;
  for (const operation of running) {
    const at = trackFor(tracks, operation)?.lastProgressAt ?? null;
    if (at !== null) ofWorker.set(keyOf(operation), Math.max(at, ofWorker.get(keyOf(operation)) ?? at));
  }
  for (const operation of running) {
    const at = ofWorker.get(keyOf(operation));
    if (at !== undefined) signs.set(operationKey(operation), Math.max(at, signs.get(operationKey(operation)) ?? at));
  }
  return signs;
}
