import { describe, expect, it } from 'vitest';
import { carriedAfter } from '../../source/domain/carried.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { trackFor } from '../../source/domain/tracks.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

/** Operations 1 and 2; what is known of 1 is carried over polls that show 2 only. */
const rows = (records: number): Operation[] => [
  operation({ id: 1, status: 'running', startedAt: takenAt - 3600, recordsProcessed: records, version: `${records}` }),
  operation({ id: 2, status: 'running', startedAt: takenAt - 60, recordsProcessed: 10, version: '9' }),
];

const at = (seconds: number, operations: readonly Operation[]) => snapshotOf(operations, takenAt + seconds);

function watched(polls: number): Observation {
  let observation = observe(null, at(-20, rows(100)));
  observation = observe(observation, at(-10, rows(150)));
  observation = observe(observation, at(1, rows(200)));
  for (let poll = 1; poll <= polls; poll++) observation = observe(observation, at(1 + poll * 60, rows(200)));
  return observation;
}

const [first = operation({ id: 1 })] = rows(200);

describe('what is known of operations that are hidden for a while', () => {
  it('is their last progress and their stall, if they have not changed', () => {
    const before = watched(30);
    const stall = stallsOf(before).of(first);
    expect(stall?.kind).toBe('still');
    const hidden = observe(null, at(1802, rows(200).slice(1)), carriedAfter(null, before));
    const carried = carriedAfter(carriedAfter(null, before), hidden);
    const after = observe(null, at(1900, rows(200)), carried);
    expect(trackFor(after.tracks, first)?.lastProgressAt).toBe(takenAt + 1);
    expect(stallsOf(after).of(first)).toMatchObject({ kind: 'still' });
    expect(stallsOf(after).of(first)?.seconds).toBeGreaterThan(stall?.seconds ?? 0);
    // Without it, the operation would have been seen for the first time.
    expect(trackFor(observe(null, at(1900, rows(200))).tracks, first)?.lastProgressAt).toBeNull();
  });

  it('is not their last progress if they have changed meanwhile: nobody saw when', () => {
    const carried = carriedAfter(null, watched(30));
    const after = observe(null, at(1900, rows(5000)), carried);
    expect(trackFor(after.tracks, first)).toMatchObject({
      lastProgressAt: null,
      firstSeenAt: takenAt + 1900,
      workingSince: null,
    });
    expect(stallsOf(after).of(first)).toBeUndefined();
    expect(after.throughput.migration.progressAt).toBeNull();
  });

  it('is not used after a change of server, whose clock is another one', () => {
    const before = watched(2);
    for (const previous of [before, null]) {
      const after = observe(previous, at(-5000, rows(200)), carriedAfter(null, before));
      expect(trackFor(after.tracks, first)).toMatchObject({ lastProgressAt: null, firstSeenAt: takenAt - 5000 });
    }
  });
});
