import { expect, it } from 'vitest';
import { withLiveOperations } from '../../source/domain/live-phases.ts';
import { observe } from '../../source/domain/observation.ts';
import { operation, snapshotOf } from '../support/fixtures.ts';

const running = [1, 2, 3].map((id) => operation({ id, status: 'running' }));
const paused = running.map((one) => ({ ...one, status: 'paused' as const }));
const { totals } = snapshotOf(running);
const executionOf = (counts: { running: number; paused: number }) =>
  observe(null, { ...snapshotOf(paused), totals, counts }).phases.find(({ phase }) => phase === 'execution')?.statuses;

it('shows the phases as of the poll while the totals are those of an earlier moment', () => {
  expect(executionOf({ running: 0, paused: 3 })).toMatchObject({ running: 0, paused: 3 });
});

it('keeps the totals where not all live operations are listed, and phases that agree', () => {
  expect(executionOf({ running: 7, paused: 9 })).toMatchObject({ running: 3, paused: 0 });
  const { phases } = observe(null, snapshotOf(running));
  expect(withLiveOperations(phases, snapshotOf(running))).toEqual(phases);
});
