import { expect, it } from 'vitest';
import { observed } from '../../source/commands/status-check.ts';
import { parseConditions } from '../../source/domain/condition.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';

const parsed = parseConditions('stalled>0');
const conditions = parsed.kind === 'ok' ? parsed.conditions : [];

/** Two operations that have run for five hours beside batches of 40 s; the first reports at the third poll. */
async function stalledAfter(sampleSeconds: number) {
  const table = fakeTable();
  const { takenAt } = table;
  const done = operation({
    id: 1,
    status: 'completed',
    batchSize: 100,
    recordsProcessed: 100,
    startedAt: takenAt - 90,
    completedAt: takenAt - 50,
  });
  const row = (id: number, recordsProcessed: number) =>
    operation({
      version: `${id} ${recordsProcessed}`,
      id,
      status: 'running',
      batchSize: 100,
      recordsProcessed,
      startedAt: takenAt - 5 * 3600,
      completedAt: null,
    });
  let polls = 0;
  const poll = table.poll;
  table.poll = (watched) => {
    table.rows = [done, row(2, polls++ < 2 ? 0 : 100), row(3, 0)];
    table.takenAt = takenAt + polls / 10;
    return poll(watched);
  };
  const { observation } = await observed(table, conditions, sampleSeconds);
  return stallsOf(observation).all.map(({ operation: { id } }) => id);
}

it('does not count an operation as stalled that reports during the sample', async () => {
  expect(await stalledAfter(0)).toEqual([3, 2]);
  expect(await stalledAfter(0.01)).toEqual([3]);
});

it('waits for the count if the totals are those from before many changes', async () => {
  const table = fakeTable([operation({ id: 1, status: 'completed' })]);
  const poll = table.poll;
  let steps = 0;
  table.poll = async (watched) => {
    const snapshot = await poll(watched);
    return steps === 2 ? snapshot : { ...snapshot, coverage: { ...snapshot.coverage, share: 0.5, isCarried: true } };
  };
  table.work = async () => {
    steps++;
    return { restSeconds: 0, isWhole: steps === 2 };
  };
  const pending = parseConditions('pending>0');
  const {
    observation: { snapshot },
  } = await observed(table, pending.kind === 'ok' ? pending.conditions : [], 0);
  expect(snapshot.coverage.isCarried).toBeUndefined();
  expect(steps).toBe(2);
});

it('polls as often as status does for late, so that the first reports of many workers show an ETA', async () => {
  const table = fakeTable();
  const { takenAt } = table;
  let polls = 0;
  const poll = table.poll;
  // Each poll sees the reports of 3 of 40 operations.
  table.poll = (watched) => {
    polls++;
    table.takenAt = takenAt + polls / 10;
    table.rows = Array.from({ length: 40 }, (_, id) => {
      const recordsProcessed = id < 3 * polls ? 200 : 100;
      const fields = { id: id + 1, version: `${id} ${recordsProcessed}`, recordsProcessed, totalRecords: 10_000 };
      return operation({ ...fields, status: 'running', workerId: id, startedAt: takenAt - 60, completedAt: null });
    });
    return poll(watched);
  };
  const late = parseConditions('late');
  const { observation } = await observed(table, late.kind === 'ok' ? late.conditions : [], 1);
  expect(phaseRateAndEta(observation).eta).not.toBeNull();
});
