import { expect, it } from 'vitest';
import { rateAndEtaAfter } from '../../source/domain/defied.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Status } from '../../source/domain/operation.ts';
import { auditEntry, operation, snapshotOf, takenAt } from '../support/fixtures.ts';

/** Two operations that report each second, the second one until it is paused. */
function observed(status: Status): Observation {
  let observation: Observation | null = null;
  for (let second = 0; second <= 90; second++) {
    const rows = [1, 2].map((id) =>
      operation({
        id,
        workerId: id,
        recordsProcessed: 100 * (second + 1),
        totalRecords: 100_000,
        batchSize: 100_000,
        startedAt: takenAt - 100,
        version: String(second),
        ...(id === 2 && second === 90 && { status }),
      }),
    );
    observation = observe(observation, { ...snapshotOf(rows, takenAt + second), gained: new Map([[1, 100]]) });
  }
  if (observation === null) throw new Error('no poll');
  return observation;
}

const pauseOf = (operationId: number) => auditEntry({ at: takenAt + 88, operationId });

it('gives no ETA while all is paused but an operation whose worker has overwritten that', () => {
  const observation = observed('paused');
  expect(rateAndEtaAfter(observation, []).eta).not.toBeNull();
  expect(rateAndEtaAfter(observation, [pauseOf(2)]).eta).not.toBeNull();
  expect(rateAndEtaAfter(observation, [pauseOf(1), pauseOf(2)]).eta).toBeNull();
});

it('gives the ETA where an operation runs that nobody has paused', () => {
  expect(rateAndEtaAfter(observed('running'), [pauseOf(1)]).eta).not.toBeNull();
});
