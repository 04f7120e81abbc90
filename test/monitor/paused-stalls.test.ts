import { it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const completed = [11, 12, 13].map((id) =>
  operation({ id, status: 'completed', startedAt: takenAt - 900, completedAt: takenAt - 890, recordsProcessed: 1000 }),
);
const running = (id: number) =>
  operation({ id, workerId: id, tableName: `table_${id}`, startedAt: takenAt - 5, recordsProcessed: 10 });

it('keeps the stall and the place of an operation that is paused, until it progresses', async () => {
  const table = fakeTable([running(1), running(2), running(3), ...completed]);
  const operator = await open(table);
  const work = (seconds: number) => {
    table.rows = table.rows.map((row) =>
      row.id === 1 || row.id === 2
        ? { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 10, version: `${seconds}` }
        : row,
    );
  };
  await operator.press('2');
  for (let seconds = 5; seconds <= 60; seconds += 5) {
    work(seconds);
    await operator.waits(5);
  }
  await operator.sees(/LAST.*\n.*► +3 .*! STALLED 1m 0\ds/);
  await operator
    .press('g', 'p')
    .waits(2)
    .sees(/LAST.*\n.*▸ ‖ +3 .* HELD\?, STALLED 1m 0\ds/, '2 running  1 paused (1 stalled)');
  // Also without the cursor: it waits for the operator.
  await operator
    .press('j')
    .waits(2)
    .sees(/LAST.*\n.*‖ +3 .* HELD\?, STALLED 1m 0\ds/)
    .press('k', 'enter')
    .sees(/stalled +1m 0\ds, usual 5s/, /waits for +unknown: the session/, /worker +not known whether it waits/)
    .press('escape', 'j');
  table.rows = table.rows.map((row) =>
    row.id === 3 ? { ...row, status: 'running', recordsProcessed: 20, version: '999' } : row,
  );
  await operator.waits(2).sees(/► +3 .* OVERWRITTEN/, /^(?![\s\S]*STALLED)/);
  await operator.press('k', 'r').seesToast('cannot resume: already running: p pauses it again');
  await operator.press('R').seesToast('cannot retry a running operation: p pauses it again');
});

it('ends the stall of an operation that is put back into the queue and paused there: it has no worker', async () => {
  const table = fakeTable([running(1), running(2), running(3), ...completed]);
  const operator = await open(table);
  await operator.press('2');
  for (let seconds = 5; seconds <= 60; seconds += 5) {
    table.rows = table.rows.map((row) =>
      row.id < 3 ? { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 10, version: `${seconds}` } : row,
    );
    await operator.waits(5);
  }
  await operator.sees(/► +3 .*! STALLED 1m 0\ds/);
  for (const status of ['pending', 'paused'] as const) {
    table.rows = table.rows.map((row) =>
      row.id === 3 ? { ...row, status, workerId: null, startedAt: null, version: status } : row,
    );
    await operator.waits(2);
  }
  await operator.sees(/2 running {2}1 paused(?! \()/, /^(?![\s\S]*STALLED)/);
});
