import type { Observation } from './observation.ts';
import type { Operation } from './operation.ts';
import { knownSeconds, pausedWorkers } from './paused-workers.ts';
import { phaseKey, readWorkerKey, tableKey, workerKey } from './rate-keys.ts';
import type { Span } from './snapshot.ts';
import { stillSeconds } from './still-seconds.ts';
import { gapSecondsOf, rateWindowSeconds, sliceSeconds, type Throughput } from './throughput.ts';
import { trackFor } from './tracks.ts';

type Paused = Pick<Observation, 'snapshot' | 'throughput' | 'tracks' | 'memo'>;

/** A paused worker that has reported since may report again for this many usual gaps, and minimum seconds. */
const overdueGaps = 1.6;
const overdueSeconds = 10;

/** A worker shows at most this many slices. */
const mostSlices = knownSeconds / sliceSeconds + 2;

/**
 * Spans that take the records of workers that are paused now out of a rate, by `phaseKey` or `tableKey`: what they processed before the
 * pause says nothing about the rate of the others. A worker that goes on although it is paused counts. They cover `knownSeconds` of running
 * time: that of a table may be long ago.
 */
export function stoppedSpans(observation: Paused, key: string): readonly Span[] {
  return observation.memo(findStopped, observation).get(key)?.spans ?? [];
}

/** Since when the last of the workers that are paused now has been at rest, by `phaseKey` or `tableKey`; null if none is. */
export function stoppedSince(observation: Paused, key: string): number | null {
  return observation.memo(findStopped, observation).get(key)?.since ?? null;
}

interface Stopped {
  readonly spans: readonly Span[];
  readonly since: number;
}

function findStopped({ snapshot, throughput: { workers }, tracks }: Paused): ReadonlyMap<string, Stopped> {
  const { operations, takenAt } = snapshot;
  const idle = pausedWorkers(operations);
  const slices = new Map<string, Map<number, Span>>();
  const since = new Map<string, number>();
  const take = ({ phase, tableName }: Pick<Operation, 'phase' | 'tableName'>, own: Throughput): void => {
    const from = own.pauses.at(-1)?.from ?? own.since;
    for (const group of [phaseKey(phase), tableKey(phase, tableName)]) {
      addSlices(slices, group, own);
      since.set(group, Math.max(since.get(group) ?? from, from));
    }
  };
  const phaseOf = new Map<string, Operation['phase']>();
  for (const operation of operations) {
    const { status, workerId, phase } = operation;
    if (status !== 'paused' || (workerId !== null && !idle.has(workerId))) continue;
    const own = workers.get(workerKey(operation));
    const track = trackFor(tracks, operation);
    const mayHaveReported = track === undefined || stillSeconds(track, takenAt) <= 0;
    if (own === undefined || !hasStopped(own, mayHaveReported, takenAt)) continue;
    if (workerId === null) take(operation, own);
    else phaseOf.set(String(workerId), phase);
  }
  // A worker may have worked on several tables.
  for (const [key, own] of phaseOf.size === 0 ? [] : workers) {
    const of = readWorkerKey(key);
    if (phaseOf.get(of.workerId) === of.phase) take(of, own);
  }
  return new Map(
    [...slices].map(([group, spans]) => [group, { spans: [...spans.values()], since: since.get(group) ?? takenAt }]),
  );
}

function hasStopped(own: Throughput, mayHaveReported: boolean, takenAt: number): boolean {
  const [before, last] = [own.pauses.at(-2), own.pauses.at(-1)];
  // It has reported since the last poll.
  if (last === undefined || last.to < takenAt) return false;
  // Each report divides the time of a pause. A resume ends it, and a time between two operations is none.
  const isDivided = before?.by === 'paused' && last.from - before.to <= overdueSeconds;
  const hasReported = mayHaveReported && isDivided && takenAt - before.to < rateWindowSeconds;
  return !hasReported || takenAt - last.from > Math.max(overdueSeconds, overdueGaps * gapSecondsOf(own));
}

/** Adds the slices of a worker to those of a group, each as a span without its records. */
function addSlices(to: Map<string, Map<number, Span>>, group: string, { since, first, slices }: Throughput): void {
  const known = to.get(group) ?? new Map<number, Span>();
  to.set(group, known);
  let left = mostSlices;
  for (let index = slices.length - 1; index >= 0 && left > 0; index--) {
    const records = slices[index] ?? 0;
    if (records === 0) continue;
    left--;
    const slice = first + index;
    const before = known.get(slice);
    // A rate leaves out what was before the first poll.
    const from = Math.max(before?.from ?? since, since, slice * sliceSeconds);
    known.set(slice, { from, to: (slice + 1) * sliceSeconds, records: (before?.records ?? 0) - records });
  }
}
