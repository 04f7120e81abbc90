import { it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, workerConnection } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = operation({ id: 1, status: 'failed', errorMessage: 'no room', sourceQuery: 'SELECT 1' });
const running = (id: number) => operation({ id, workerId: id });

it.each([
  [[workerConnection(11), workerConnection(12), workerConnection(13)], '3 workers can claim it'],
  [
    [workerConnection(11), workerConnection(12, { blockedBy: [7] })],
    '1 of 3 workers can claim it: 1 is stalled or paused, 1 does not use migtop/worker',
  ],
  [[workerConnection(11)], '1 of 3 workers can claim it: 2 do not use migtop/worker'],
  [
    [workerConnection(11, { blockedBy: [7] })],
    'of 3 workers at work none can claim it: 1 is stalled or paused, 2 do not use migtop/worker. A worker that waits for work is not seen: if there is none, start one',
  ],
  [[], 'no worker at work can claim it. A worker that waits for work is not seen: if there is none, start one'],
])('the dialog of a retry counts all workers that line 3 counts: with %j %s', async (sessions, text) => {
  const table = fakeTable([failed, running(11), running(12), running(13)]);
  table.sessions = sessions;
  const operator = await open(table);
  operator.monitor.resize({ columns: 200, rows: 40 });
  await operator.press('3', 'enter', 'R').sees('3 running', text);
});
