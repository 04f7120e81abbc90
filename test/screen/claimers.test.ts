import { it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt, workerConnection } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = operation({ id: 1, status: 'failed', errorMessage: 'no room', sourceQuery: 'SELECT 1' });
const validationQuery = 'SELECT 1 /* migtop run=dispatch counts=own */';
const running = (id: number) => operation({ id, workerId: id });

it.each([
  [[workerConnection(11), workerConnection(12), workerConnection(13)], '3 workers can claim it'],
  [
    [workerConnection(11), workerConnection(12, { blockedBy: [7] })],
    '1 of 3 workers can claim it; worker 12 is stalled or paused, worker 13 does not use migtop/worker',
  ],
  [[workerConnection(11)], '1 of 3 workers can claim it; workers 12, 13 do not use migtop/worker'],
  [
    [workerConnection(11, { blockedBy: [7] })],
    'of 3 workers with an operation none can claim it: worker 11 is stalled or paused, workers 12, 13 do not use migtop/worker. No other worker of migtop/worker ended an operation in the last 10 minutes: if none waits for work, start one',
  ],
  [
    [],
    'of 3 workers with an operation none can claim it: workers 11, 12, 13 do not use migtop/worker. No other worker of migtop/worker ended an operation in the last 10 minutes: if none waits for work, start one',
  ],
])('the dialog of a retry counts all workers that line 3 counts: with %j %s', async (sessions, text) => {
  const table = fakeTable([failed, running(11), running(12), running(13)]);
  table.sessions = sessions;
  const operator = await open(table);
  operator.monitor.resize({ columns: 260, rows: 40 });
  await operator.press('3', 'enter', 'R').sees('3 running', text);
});

it('counts a worker without a connection by the mark of its operation', async () => {
  const table = fakeTable([failed, { ...running(11), validationQuery, startedAt: takenAt - 1 }]);
  const operator = await open(table);
  operator.monitor.resize({ columns: 260, rows: 40 });
  await operator.press('3', 'enter', 'R').sees('1 worker can claim it');
});

it('names a worker that has ended an operation some minutes ago as one that may wait for work', async () => {
  const busy = { ...running(20), validationQuery, startedAt: takenAt - 1 };
  const table = fakeTable([failed, busy, running(11)]);
  table.sessions = [workerConnection(11, { blockedBy: [7] })];
  const operator = await open(table);
  operator.monitor.resize({ columns: 260, rows: 40 });
  table.rows = [failed, { ...busy, status: 'completed', completedAt: takenAt, version: '900001' }, running(11)];
  await operator
    .waits(1)
    .press('3', 'enter', 'R')
    .sees(
      /of 1 worker with an operation none can claim it: worker 11 is stalled or paused. But worker 20 ended its operation/,
    );
});

it('says that no worker works in the phase of the operation, as the message after the retry does', async () => {
  const table = fakeTable([{ ...failed, phase: 'validation' }, running(11)]);
  table.sessions = [workerConnection(11)];
  const operator = await open(table);
  operator.monitor.resize({ columns: 260, rows: 40 });
  await operator
    .press('3', 'enter', 'R')
    .sees('1 worker can claim it; no worker works in the validation: 1 in the execution');
});
