import { type Ahead, aheadOf, isOverdue, partsOf } from './ahead.ts';
import type { follow } from './last-progress.ts';
import { isPausedUnbegun, type Operation, type Phase } from './operation.ts';
import { phaseKey, tableKey, workerKey } from './rate-keys.ts';
import { type KnownReport, reportSeconds, type UsualReport, usually, withLate } from './report-times.ts';
import type { Pause } from './resumes.ts';
import type { Snapshot, Span } from './snapshot.ts';
import type { TableSummary } from './summary.ts';
import type { AnyGain } from './summed-gains.ts';
import { everyTrack, type Track, type Tracks, trackFor } from './tracks.ts';

/** The usual report of each worker and of each table. */
export function reportsAfter(
  before: ReadonlyMap<string, UsualReport>,
  tracks: Tracks,
  gains: readonly AnyGain[],
  shareOf: (gain: AnyGain) => number,
): ReadonlyMap<string, UsualReport> {
  if (gains.length === 0) return before;
  const reports = new Map(before);
  for (const gain of gains) {
    const { operation } = gain;
    const { records, seconds } = gain.ofOne ?? { records: gain.records, seconds: reportSeconds(gain) };
    const report = { records: records * shareOf(gain), seconds };
    for (const key of [workerKey(operation), tableKey(operation.phase, operation.tableName)]) {
      const known = reports.get(key) ?? null;
      if (gain.isLate !== true) reports.set(key, usually(known, report));
      else if (known !== null) reports.set(key, withLate(known));
    }
  }
  if (reports.size <= 2 * tracks.size + 1000) return reports;
  // Operations without a worker leave keys behind when they end.
  const live = new Set(everyTrack(tracks).map(({ operation }) => workerKey(operation)));
  return new Map([...reports].filter(([key]) => live.has(key) || key.startsWith('table ')));
}

/** The usual report of the worker of an operation, else of its table, else the mean of its completed operations; null if unknown. */
export function usualReportOf(
  reports: ReadonlyMap<string, UsualReport>,
  tables: readonly TableSummary[],
): (operation: Operation) => KnownReport | null {
  return (operation) => {
    const own = reports.get(workerKey(operation));
    const usual = own ?? reports.get(tableKey(operation.phase, operation.tableName)) ?? completedIn(tables, operation);
    return usual === undefined ? null : { usual, isOfTable: own === undefined };
  };
}

function completedIn(tables: readonly TableSummary[], { phase, tableName }: Operation): UsualReport | undefined {
  const table = phase === 'execution' ? tables.find((one) => one.tableName === tableName) : undefined;
  if (table === undefined || table.counting === 'cumulative') return undefined;
  const { averageBatchSeconds: seconds, recordsPerSecond } = table;
  return seconds === null || recordsPerSecond === null ? undefined : { records: recordsPerSecond * seconds, seconds };
}

/** The state of a phase, a table or a worker after a poll. */
export interface RateGroup {
  readonly spans: readonly Span[];
  /** When operations were at work that no poll saw running. */
  readonly unseen: readonly Pause[];
  /** How many operations these are. */
  readonly unseenReports: number;
  /** Whether any of its operations is running, or has gained records since the last poll. */
  readonly isRunning: boolean;
  /** Whether any is paused. */
  readonly isPaused: boolean;
  /** How many of its operations run, and how many of those that had begun are paused. */
  readonly running: number;
  readonly halted: number;
  /** Whether any has gained records since the last poll. */
  readonly hasProgressed: boolean;
  /** How many of its operations run, and their next report is not late. */
  readonly atWork: number;
  /** Since when each operation has stood still that counted as at work until the last poll, and has stalled. */
  readonly stopped: readonly number[];
  /** How many of its operations have gained records since the last poll, and how many records. */
  readonly reports: number;
  readonly reported: number;
}

type OpenGroup = {
  -readonly [key in keyof RateGroup]: key extends 'spans'
    ? Span[]
    : key extends 'unseen'
      ? Pause[]
      : key extends 'stopped'
        ? number[]
        : RateGroup[key];
};

const openGroup = (): OpenGroup => ({
  spans: [],
  unseen: [],
  unseenReports: 0,
  isRunning: false,
  isPaused: false,
  running: 0,
  halted: 0,
  hasProgressed: false,
  atWork: 0,
  stopped: [],
  reports: 0,
  reported: 0,
});

export const emptyGroup: RateGroup = openGroup();

function spansAt(spans: Map<string, Ahead[]>, key: string): Ahead[] {
  const known = spans.get(key) ?? [];
  spans.set(key, known);
  return known;
}

/** Whether an operation was known to have stalled at the last poll, and after it. */
export interface StallsBetween {
  readonly before: (operation: Operation) => boolean;
  readonly after: (operation: Operation) => boolean;
}

/**
 * Groups gains and running operations by phase, table (execution only) and worker. `shareOf` is the part of a gain's records
 * that counts, 0 to 1. `ahead` and `unknown` are by `workerKey`, `tableKey` and `phaseKey`.
 */
export function groupsOf(
  snapshot: Snapshot,
  { tracks, settled }: ReturnType<typeof follow>,
  gains: readonly AnyGain[],
  shareOf: (gain: AnyGain) => number,
  reports: ReadonlyMap<string, UsualReport>,
  isCumulative: (operation: Operation) => boolean,
  stalls: StallsBetween,
) {
  const phases = new Map<Phase, OpenGroup>();
  const tables = new Map<string, OpenGroup>();
  const workers = new Map<string, OpenGroup>();
  const ahead = new Map<string, Ahead[]>();
  const unknown = new Map<string, number>();
  const at = <K>(groups: Map<K, OpenGroup>, key: K): OpenGroup => {
    const known = groups.get(key) ?? openGroup();
    groups.set(key, known);
    return known;
  };
  const groupsFor = (operation: Operation) => [
    at(phases, operation.phase),
    at(workers, workerKey(operation)),
    ...(operation.phase === 'execution' ? [at(tables, operation.tableName)] : []),
  ];
  const take = (gain: AnyGain): void => {
    const share = shareOf(gain);
    // A worker processed the increase of its counter, but not the first counter of a row that has just appeared.
    const isWhole = gain.records === gain.operation.recordsProcessed;
    for (const group of groupsFor(gain.operation))
      if (share > 0 || !isWhole)
        group.spans.push(...partsOf(gain, workers.get(workerKey(gain.operation)) === group && !isWhole ? 1 : share));
  };
  for (const operation of snapshot.operations) {
    const isRunning = operation.status === 'running';
    for (const group of groupsFor(operation)) {
      group.isRunning ||= isRunning;
      group.isPaused ||= operation.status === 'paused';
      if (isRunning) group.running++;
      else if (operation.status === 'paused' && !isPausedUnbegun(operation)) group.halted++;
    }
    if (!isRunning) continue;
    const table = tableKey(operation.phase, operation.tableName);
    const track = trackFor(tracks, operation);
    const first = track?.firstGain ?? null;
    if (first !== null) {
      for (const key of [workerKey(operation), table, phaseKey(operation.phase)])
        spansAt(ahead, key).push({
          ...first,
          isReported: true,
          isDue: false,
          reportSeconds: null,
          batchSeconds: null,
          usual: null,
        });
    }
    const shared = reports.get(workerKey(operation)) ?? reports.get(table);
    // The first report of a cumulative row has the records of all rows before it.
    const report = isCumulative(operation)
      ? (shared ?? track?.usualReport ?? undefined)
      : (track?.usualReport ?? shared);
    const spans =
      track === undefined || report === undefined
        ? []
        : aheadOf(track, report, reports.get(table) ?? report, snapshot.takenAt);
    // If polls saw an operation begin or report, its usual report shows it sooner, also while batches become longer.
    const isKnown = report !== undefined && track !== undefined && track.workingSince !== null;
    const isLate = isKnown ? isOverdue(track, report, snapshot.takenAt) : stalls.after(operation);
    if (isLate && !isKnown && track !== undefined && !stalls.before(operation))
      for (const group of groupsFor(operation)) group.stopped.push(track.lastProgressAt ?? track.firstSeenAt);
    if (!isLate) for (const group of groupsFor(operation)) group.atWork++;
    if (!isLate && track !== undefined && isUnmeasured(track, report, snapshot))
      for (const key of [workerKey(operation), table, phaseKey(operation.phase)])
        unknown.set(key, (unknown.get(key) ?? 0) + 1);
    if (spans.length === 0) continue;
    for (const key of [workerKey(operation), table, phaseKey(operation.phase)]) spansAt(ahead, key).push(...spans);
  }
  for (const gain of gains) {
    for (const group of groupsFor(gain.operation)) {
      group.isRunning = true;
      group.hasProgressed = true;
      group.reports += gain.operations ?? 1;
      group.reported += gain.records * shareOf(gain);
      if (!gain.isOfEnded) continue;
      group.unseen.push({ from: gain.from, to: gain.to });
      group.unseenReports += gain.operations ?? 1;
    }
    if (!gain.isFirst) take(gain);
  }
  for (const gain of settled) take(gain);
  // Rows that are in no list may be running too.
  for (const { phase, tableName, statuses } of snapshot.totals) {
    if (statuses.running === 0) continue;
    at(phases, phase).isRunning = true;
    if (phase === 'execution') at(tables, tableName).isRunning = true;
  }
  return { phases, tables, workers, ahead, unknown };
}

/** Whether polls have not seen yet how long a report of an operation takes, and no other operation shows it. */
function isUnmeasured(track: Track, report: UsualReport | undefined, { resumes }: Snapshot): boolean {
  const { firstGain, firstSeenAt, operation, lastProgressAt, workingSince } = track;
  if (firstGain === null) return lastProgressAt === null && (workingSince === null || report === undefined);
  // Some workers set the start at each report: then it shows no average.
  if (operation.startedAt === null || operation.startedAt > firstSeenAt) return true;
  // It took at least the time that the operation was watched. Its average rate has to say about the same.
  const watched = firstGain.to - firstSeenAt;
  const paused = resumes?.get(operation.id)?.pausedSeconds ?? 0;
  const average =
    (firstGain.records * (firstGain.to - operation.startedAt - paused)) / (operation.recordsProcessed ?? 0);
  return average > longestEstimate * watched || average * longestEstimate < watched;
}

const longestEstimate = 1.5;

/** How many operations of each worker run, by `workerKey`. */
export function runningBy(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const running = new Map<string, number>();
  for (const operation of operations) {
    if (operation.status !== 'running') continue;
    const key = workerKey(operation);
    running.set(key, (running.get(key) ?? 0) + 1);
  }
  return running;
}
