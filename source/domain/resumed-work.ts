import type { Observation } from './observation.ts';
import { pausedWorkers } from './paused-workers.ts';
import { phaseKey, readWorkerKey, tableKey, workerKey } from './rate-keys.ts';
import { rateOver, windowOf } from './rates.ts';
import type { Span } from './snapshot.ts';
import { stoppedSpans } from './stopped-work.ts';
import { addSpans, secondsRunning, type Throughput } from './throughput.ts';

type Resumed = Pick<Observation, 'snapshot' | 'throughput' | 'memo'>;

/** For how many seconds after its resume the time in which a worker was paused may be in the rate. */
const resumedSeconds = 150;

/**
 * Spans that add the records which resumed workers would have processed while they were paused, by `phaseKey` or `tableKey`: a worker
 * that has reported again counts with its own speed for all of the time that a rate covers. Else the rate would be too low for a minute.
 *
 * @param pauses the time that the rate leaves out
 */
function resumedSpans(observation: Resumed, key: string, pauses: Pick<Throughput, 'pauses'>): readonly Span[] {
  const spans = observation.memo(findResumed, observation).get(key) ?? [];
  return spans.flatMap(({ from, to, records }) => {
    const seconds = secondsRunning(pauses, from, to);
    return seconds <= 0 ? [] : [{ from, to, records: (records * seconds) / (to - from) }];
  });
}

/** Spans that make a rate that of the workers at work now: `stoppedSpans` and `resumedSpans`. */
export const haltedSpans = (
  observation: Observation,
  key: string,
  pauses: Pick<Throughput, 'pauses'>,
): readonly Span[] => [...stoppedSpans(observation, key), ...resumedSpans(observation, key, pauses)];

function findResumed({ snapshot, throughput }: Resumed): ReadonlyMap<string, readonly Span[]> {
  const { takenAt, operations } = snapshot;
  const found = new Map<string, Span[]>();
  const halted = pausedWorkers(operations);
  const take = (key: string, own: Throughput, groups: readonly string[]): void => {
    const spans = spansOf(own, key, { snapshot, throughput });
    for (const group of spans.length === 0 ? [] : groups) {
      const known = found.get(group) ?? [];
      known.push(...spans);
      found.set(group, known);
    }
  };
  for (const [key, own] of throughput.workers) {
    const { workerId, phase, tableName } = readWorkerKey(key);
    if (isRecent(own, takenAt) && workerId !== 'operation' && !halted.has(Number(workerId)))
      take(key, own, [phaseKey(phase), tableKey(phase, tableName)]);
  }
  for (const operation of operations) {
    const { status, workerId, phase, tableName } = operation;
    if (workerId !== null || status !== 'running') continue;
    const key = workerKey(operation);
    const own = throughput.workers.get(key);
    if (own !== undefined && isRecent(own, takenAt)) take(key, own, [phaseKey(phase), tableKey(phase, tableName)]);
  }
  return found;
}

/** Whether a worker was resumed a short time ago. */
function isRecent({ pauses }: Throughput, takenAt: number): boolean {
  for (let index = pauses.length - 1; index >= 0; index--) {
    const pause = pauses[index];
    if (pause === undefined || takenAt - pause.to > resumedSeconds) return false;
    if (pause.by === 'resumed') return true;
  }
  return false;
}

/** The records of one worker, by its speed in the last minute of its running time. */
function spansOf(
  own: Throughput,
  key: string,
  { snapshot, throughput }: Pick<Resumed, 'snapshot' | 'throughput'>,
): Span[] {
  const { takenAt } = snapshot;
  const { progressAt, pauses } = own;
  const recent = pauses.filter(
    ({ by, to }) => by === 'resumed' && takenAt - to <= resumedSeconds && progressAt !== null && progressAt > to,
  );
  const last = pauses.at(-1);
  if (recent.length === 0 || last === undefined) return [];
  const ahead = throughput.ahead.get(key) ?? [];
  const usual = Math.max(0, ...ahead.map(({ reportSeconds }) => reportSeconds ?? 0));
  // Between two operations, the worker has the speed that it had in the last one.
  const isIdle = last.to >= takenAt;
  const until = isIdle ? last.from : takenAt;
  const worked = addSpans(isIdle ? { ...own, pauses: pauses.slice(0, -1) } : own, ahead, takenAt);
  const { recordsPerSecond } = rateOver(worked, until, windowOf(usual), true) ?? { recordsPerSecond: 0 };
  if (recordsPerSecond <= 0) return [];
  return recent.map(({ from, to }) => ({ from, to, records: recordsPerSecond * (to - from) }));
}
