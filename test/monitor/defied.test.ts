import { expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

it('shows no ETA while all is paused but a worker that overwrites that', async () => {
  const row = (id: number, recordsProcessed: number) =>
    operation({
      id,
      workerId: id,
      tableName: 'cases',
      recordsProcessed,
      totalRecords: 1_000_000,
      batchSize: 1_000_000,
      startedAt: takenAt - 100,
    });
  const table = fakeTable([1, 2, 3].map((id) => row(id, 1000)));
  const operator = await open(table);
  const work = async (ids: readonly number[], seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 2) {
      table.rows = table.rows.map((one) =>
        ids.includes(one.id)
          ? {
              ...one,
              status: 'running',
              recordsProcessed: (one.recordsProcessed ?? 0) + 500,
              version: `${table.takenAt}`,
            }
          : one,
      );
      await operator.waits(2);
    }
  };
  await work([1, 2, 3], 70);
  expect(operator.state().pace?.eta).not.toBeNull();
  await operator.press('P').seesToast('paused: 3 operations');
  await work([1], 12);
  expect(operator.state().latest?.migration.statuses).toMatchObject({ running: 1, paused: 2 });
  expect(operator.state().pace?.eta).toBeNull();
  expect(operator.state().pace?.recordsPerSecond).toBeLessThan(300);
});
