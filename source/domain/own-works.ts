import { type Ahead, unreportedIn } from './ahead.ts';
import { pointsOf } from './eta.ts';
import { leastShare } from './fewest-records.ts';
import type { Memo } from './memo.ts';
import { elapsedSeconds, type Operation } from './operation.ts';
import { areInTurn, type PlacedWork, placedWorks, wholeBatches } from './placed-works.ts';
import { recordsPerSecond, windowOf } from './rates.ts';
import type { UsualReport } from './report-times.ts';
import type { Busy, TablePlans, Waiting, WaitingRecords, WorkPlan } from './schedule.ts';
import type { Total } from './snapshot.ts';
import { type RecordPlace, type SpeedFit, type SpeedPoint, shapeAt, speedFits } from './speed-fits.ts';
import { addSpans, secondsRunning, type Throughput } from './throughput.ts';
import { batchSizeOf } from './works.ts';
import type { Zone } from './zone.ts';

/** A running operation, and what polls know of its worker; null if they know nothing, or if it runs several operations. */
export interface RunningWork {
  readonly operation: Operation;
  readonly throughput: Throughput | null;
  readonly report: UsualReport | null;
  readonly ahead: readonly Ahead[];
}

/** A table whose operations have totals of their own. */
export interface OwnTable {
  readonly total: Total;
  /** The ids of operations that no worker is at work on: they are not waiting for one. */
  readonly halted: ReadonlySet<number>;
  readonly running: readonly RunningWork[];
  readonly throughput: Throughput | null;
  /** By which share of their totals operations may end short. */
  readonly short: number;
  readonly takenAt: number;
  readonly zone: Zone | undefined;
  /** For how many seconds an operation is worked on, without the pauses that are known; null if that is unknown. */
  readonly workedSeconds: (operation: Operation) => number | null;
}

/** The time of an operation before polls saw it, and of a completed one, is worth at most this many reports. */
const mostEarlierReports = 4;

/** A duration of this many times the usual one has a pause or a standstill in it. */
const mostDifference = 3;
/**
 * If a running operation is this many times faster than in its earlier time, that had a pause in it: work seldom becomes faster.
 */
const mostFaster = 1.4;

/** How the operations of a table may go on. Null if not all of them are known, if there is only one, or nothing shows a speed. */
export function ownPlans(table: OwnTable, memo: Memo): TablePlans | null {
  const works = memo(placedWorks, table.total);
  const open = works?.filter((work) => work.state === 'open' && !isHalted(work, table)) ?? [];
  if (works === null || works.length < 2 || open.length === 0) return null;
  const workOfId = new Map(open.flatMap((work) => work.rows.map(({ id }) => [id, work] as const)));
  const size = works.reduce((sum, { total }) => sum + total, 0);
  const busy = table.running.flatMap((running, worker) => {
    const work = workOfId.get(running.operation.id);
    return work === undefined ? [] : [begunOf(running, work, worker, table)];
  });
  if (size <= 0 || busy.length !== table.running.length) return null;
  const begun = new Set(busy.map(({ work }) => work));
  if (begun.size !== busy.length) return null;
  const waiting = open.filter((work) => !begun.has(work));
  if (busy.length === 0) return { kind: 'waiting', waiting: waiting.map((work) => waitingRecords(work, table)) };
  const done =
    works.reduce((sum, { records }) => sum + records, 0) + busy.reduce((sum, one) => sum + one.unreported, 0);
  const isInTurn = busy.length === 1 && areInTurn(works);
  const of = { size, done, recordsPerSecond: rateOf(table), inTurn: isInTurn ? works : [] };
  const measured: SpeedPoint[] = [];
  const means: SpeedPoint[] = [];
  for (const one of busy) {
    const seen = seenPoints(one, of, table);
    measured.push(...seen.points);
    means.push(...earlierPoint(one, seen, of, table));
  }
  const firstSeen = Math.min(...measured.map(({ at }) => at.inTable * size));
  for (const [index, work] of works.entries())
    if (work.state === 'completed' && !(isInTurn && work.from + work.total > firstSeen))
      means.push(...endedPoint(work, -1 - index, of, table));
  const points = [...measured, ...usualMeans(measured, means)];
  if (points.length === 0) return null;
  const fits = speedFits(points);
  const plans = fits.map((fit): WorkPlan => planBy(fit, busy, waiting, of, table.short));
  const [first] = fits;
  const middle = { inTable: 0.5, inOperation: 0.5 / works.length, done: 0.5 };
  return { kind: 'plans', plans, secondsPerRecord: first === undefined ? 0 : first.level * shapeAt(first, middle) };
}

function isHalted({ rows }: PlacedWork, { halted, running }: OwnTable): boolean {
  return (
    rows.some(({ id }) => halted.has(id)) &&
    !running.some(({ operation }) => rows.some(({ id }) => id === operation.id))
  );
}

/** A running work at this moment, with the records that its worker has not reported. */
interface BegunWork {
  readonly work: PlacedWork;
  readonly worker: number;
  readonly running: RunningWork;
  readonly whole: Throughput | null;
  readonly reportSeconds: number | null;
  readonly unreported: number;
}

interface OfTable {
  readonly size: number;
  readonly done: number;
  /** The rate of all workers together. */
  readonly recordsPerSecond: number;
  /** All works, if one worker processes them one after the other, in order of id; else none. */
  readonly inTurn: readonly PlacedWork[];
}

/** How many seconds a report of a running operation takes; null if nothing shows it. */
export function reportSecondsOf({ ahead, report }: Pick<RunningWork, 'ahead' | 'report'>): number | null {
  return ahead.findLast((one) => one.reportSeconds !== null)?.reportSeconds ?? report?.seconds ?? null;
}

function begunOf(running: RunningWork, work: PlacedWork, worker: number, { takenAt }: OwnTable): BegunWork {
  const { throughput, ahead, report, operation } = running;
  const isExpected = report !== null || ahead.some(({ isReported }) => !isReported);
  const usual = isExpected ? unreportedIn(ahead) : (batchSizeOf(operation) ?? 0) / 2;
  return {
    work,
    worker,
    running,
    whole: throughput === null ? null : addSpans(throughput, ahead, takenAt),
    reportSeconds: reportSecondsOf(running),
    unreported: Math.min(usual, Math.max(0, work.total - work.records)),
  };
}

/** A running work, as polls saw it. */
interface SeenWork {
  readonly points: readonly SpeedPoint[];
  readonly records: number;
  readonly seconds: number;
}

function seenPoints(begun: BegunWork, of: OfTable, table: OwnTable): SeenWork {
  const { work, worker, whole, reportSeconds, unreported } = begun;
  const { takenAt } = table;
  const points: SpeedPoint[] = [];
  const current = work.records + unreported;
  let records = 0;
  let seconds = 0;
  if (whole === null || reportSeconds === null || whole.progressAt === null) return { points, records, seconds };
  const now = recordsPerSecond(whole, takenAt, windowOf(reportSeconds));
  for (const [age, point] of pointsOf(whole, takenAt, now ?? 0, pointSeconds(reportSeconds)).entries()) {
    const at = work.from + current + point.at;
    const earlier = of.inTurn.findLast(({ from }) => from <= at);
    // Records before these are of another operation.
    if (earlier === undefined && records + point.records > 1.001 * current) break;
    const own = earlier ?? work;
    points.push({
      worker,
      secondsPerRecord: point.seconds / point.records,
      reports: point.seconds / reportSeconds,
      age,
      at: placeOf(own, at - own.from, of, seconds + point.seconds / 2),
    });
    records += point.records;
    seconds += point.seconds;
  }
  return { points, records, seconds };
}

/** The mean of a running work from its start until polls saw it. */
function earlierPoint(begun: BegunWork, seen: SeenWork, of: OfTable, table: OwnTable): SpeedPoint[] {
  const { work, worker, reportSeconds, unreported, running } = begun;
  const { takenAt, zone } = table;
  const elapsed = elapsedSeconds(running.operation, takenAt, zone);
  if (elapsed === null) return [];
  const records = work.records + unreported - seen.records;
  const worked = table.workedSeconds(running.operation) ?? elapsed;
  const seconds = Math.min(worked, runningSeconds(table, takenAt - elapsed, takenAt)) - seen.seconds;
  const batch = batchSizeOf(running.operation) ?? records;
  if (seconds <= 0 || records <= batch / 2) return [];
  if (seen.records > 0 && seconds / records > (mostFaster * seen.seconds) / seen.records) return [];
  return [
    {
      worker,
      secondsPerRecord: seconds / records,
      reports: Math.min(mostEarlierReports, records / batch),
      age: seen.seconds / pointSeconds(reportSeconds ?? 0),
      at: placeOf(work, records / 2, of, seen.seconds + seconds / 2),
    },
  ];
}

/** The mean of a completed work: it is worth a few reports, since nobody may have seen whether it was paused. */
function endedPoint(work: PlacedWork, worker: number, of: OfTable, table: OwnTable): SpeedPoint[] {
  const { takenAt, zone } = table;
  const [row] = work.rows;
  if (row === undefined || work.rows.length > 1 || work.records <= 0) return [];
  const elapsed = elapsedSeconds(row, takenAt, zone);
  const { startedAt, completedAt } = row;
  if (elapsed === null || startedAt === null || completedAt === null || completedAt > takenAt) return [];
  const seconds = runningSeconds(table, startedAt, completedAt);
  const ago = runningSeconds(table, completedAt, takenAt) + seconds / 2;
  if (seconds <= 0) return [];
  const reports = Math.min(mostEarlierReports, work.records / (batchSizeOf(row) ?? work.records));
  return [
    {
      worker,
      secondsPerRecord: seconds / work.records,
      reports,
      age: ago / pointSeconds(seconds / Math.max(1, work.records / (batchSizeOf(row) ?? work.records))),
      at: placeOf(work, work.records / 2, of, ago),
    },
  ];
}

/** Points of a minute, or of two reports: there may be many workers. */
const pointSeconds = (reportSeconds: number): number => Math.max(60, 2 * reportSeconds);

const runningSeconds = ({ throughput }: OwnTable, from: number, to: number): number =>
  throughput === null ? to - from : secondsRunning(throughput, from, to);

/** Over some minutes; 0 if it is unknown. */
const rateOf = ({ throughput, takenAt }: OwnTable): number =>
  throughput === null ? 0 : (recordsPerSecond(throughput, takenAt, rateSeconds) ?? 0);

const rateSeconds = 600;

/** Where records are, `ago` seconds before now: the workers together have done more since. */
function placeOf(work: PlacedWork, records: number, of: OfTable, ago: number): RecordPlace {
  const { size, done } = of;
  return {
    inTable: (work.from + records) / size,
    inOperation: records / size,
    done: Math.max(0, done - of.recordsPerSecond * ago) / size,
  };
}

/** Leaves out means that are much longer than usual: there was a pause or a standstill in them. */
function usualMeans(measured: readonly SpeedPoint[], means: readonly SpeedPoint[]): readonly SpeedPoint[] {
  const all = [...measured, ...means].map(({ secondsPerRecord }) => secondsPerRecord).sort((a, b) => a - b);
  const usual = all[(all.length - 1) >> 1] ?? 0;
  return means.filter(({ secondsPerRecord }) => secondsPerRecord <= mostDifference * usual);
}

function waitingRecords({ id, total, records }: PlacedWork, { short }: OwnTable): WaitingRecords {
  return { id, records: total - records, fewest: fewestShare(total, total - records, short) };
}

/** The share of its remaining records that a work has at least, if it may end short. */
function fewestShare(total: number, left: number, short: number): number {
  return left <= 0 ? 1 : Math.max(leastShare, 1 - (short * total) / left);
}

function planBy(
  fit: SpeedFit,
  busy: readonly BegunWork[],
  waiting: readonly PlacedWork[],
  of: OfTable,
  short: number,
): WorkPlan {
  const { factors, reports, variance } = fit;
  return {
    busy: busy.map(({ work, worker, unreported, reportSeconds }): Busy => {
      const seconds = (factors.get(worker) ?? 1) * secondsFor(fit, work, unreported, of);
      const share = fewestShare(work.total, work.total - work.records - unreported, short);
      return { seconds, fewest: share * seconds, reports: reports.get(worker) ?? 1, gapSeconds: reportSeconds ?? 0 };
    }),
    waiting: waiting.map((work): Waiting => {
      const seconds = secondsFor(fit, work, 0, of);
      return { id: work.id, seconds, fewest: fewestShare(work.total, work.total - work.records, short) * seconds };
    }),
    variance,
  };
}

/** The seconds that one worker needs for the records that a work has left. Its last batch may have fewer, but takes as long. */
function secondsFor(fit: SpeedFit, work: PlacedWork, unreported: number, of: OfTable): number {
  const { from, total, records } = work;
  const { size, done } = of;
  const current = Math.min(total, records + unreported);
  // The middle of what is left: of this operation and, for what all workers do, of the table.
  const middle = (current + total) / 2;
  const place = { inTable: (from + middle) / size, inOperation: middle / size, done: (1 + done / size) / 2 };
  return fit.level * (wholeBatches(work) - current) * shapeAt(fit, place);
}
