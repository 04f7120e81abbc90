import type { Observation } from './observation.ts';
import type { Operation } from './operation.ts';
import { phaseKey, readWorkerKey, tableKey, workerKey } from './rate-keys.ts';
import type { Span } from './snapshot.ts';
import { gapSecondsOf, rateWindowSeconds, sliceSeconds, type Throughput } from './throughput.ts';

type Paused = Pick<Observation, 'snapshot' | 'throughput' | 'memo'>;

/** A paused worker that has reported since may report again for this many usual gaps, and minimum seconds. */
const overdueGaps = 1.6;
const overdueSeconds = 10;

/**
 * Spans that take the records of the last minute of workers that are paused now out of a rate, by `phaseKey` or `tableKey`: what they
 * processed before the pause says nothing about the rate of the others. A worker that goes on although it is paused counts.
 */
export function stoppedSpans(observation: Paused, key: string): readonly Span[] {
  return observation.memo(findStopped, observation).get(key) ?? [];
}

function findStopped({ snapshot, throughput: { workers } }: Paused): ReadonlyMap<string, readonly Span[]> {
  const { operations, takenAt } = snapshot;
  const active = new Set(operations.flatMap(({ status, workerId }) => (status === 'running' ? [workerId] : [])));
  const paused = operations.filter(
    ({ status, workerId }) => status === 'paused' && workerId !== null && !active.has(workerId),
  );
  const stopped = new Map<string, Span[]>();
  const phaseOf = new Map<string, Operation['phase']>();
  for (const operation of paused) {
    const own = workers.get(workerKey(operation));
    if (own !== undefined && hasStopped(own, takenAt)) phaseOf.set(String(operation.workerId), operation.phase);
  }
  if (phaseOf.size === 0) return stopped;
  // A worker may have worked on several tables in the last minute.
  for (const [key, own] of workers) {
    const { workerId, phase, tableName } = readWorkerKey(key);
    if (phaseOf.get(workerId) !== phase) continue;
    const spans = lastSpans(own, takenAt);
    for (const group of [phaseKey(phase), tableKey(phase, tableName)]) {
      const known = stopped.get(group) ?? [];
      known.push(...spans);
      stopped.set(group, known);
    }
  }
  return stopped;
}

function hasStopped(own: Throughput, takenAt: number): boolean {
  const [before, last] = [own.pauses.at(-2), own.pauses.at(-1)];
  // It has reported since the last poll.
  if (last === undefined || last.to < takenAt) return false;
  const hasReported = before !== undefined && takenAt - before.to < rateWindowSeconds;
  return !hasReported || takenAt - last.from > Math.max(overdueSeconds, overdueGaps * gapSecondsOf(own));
}

function lastSpans({ first, slices }: Throughput, takenAt: number): readonly Span[] {
  const oldest = Math.floor((takenAt - rateWindowSeconds) / sliceSeconds);
  return slices.flatMap((records, index) => {
    const slice = first + index;
    return slice < oldest || records === 0
      ? []
      : [{ from: slice * sliceSeconds, to: (slice + 1) * sliceSeconds, records: -records }];
  });
}
