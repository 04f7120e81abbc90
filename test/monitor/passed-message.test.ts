import { expect, it } from 'vitest';
import { type FakeTable, fakeTable } from '../support/fake-table.ts';
import { auditEntry, operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const runAgain = (table: FakeTable): void => {
  table.rows = table.rows.map((row) => ({ ...row, status: 'running', version: `90000${row.id}` }));
};

it('takes back the message of a pause whose operation runs again, and says who resumed it', async () => {
  const table = fakeTable([operation({ id: 31, workerId: 4 })]);
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(2).seesToast('paused');
  const audit = table.hold('activity');
  runAgain(table);
  await operator.waits(1).seesToast(/^operation 31 · \w+ is no longer paused: running now$/);
  table.audit = [
    auditEntry({ at: table.takenAt, operationId: 31, action: 'resume', fromStatus: 'paused', toStatus: 'running' }),
    ...table.audit,
  ];
  audit.end();
  await operator.waits(11).seesToast(/^operation 31 · \w+: resume by /);
  expect(operator.state().toast?.tone).toBe('info');
});

it('keeps the message that a pause was overwritten above other news, until it is known by whom', async () => {
  const table = fakeTable([operation({ id: 31, workerId: 4 }), operation({ id: 32, workerId: 5 })]);
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(2).seesToast('paused');
  const audit = table.hold('activity');
  const [first, second] = table.rows;
  if (first === undefined || second === undefined) throw new Error('no rows');
  table.rows = [{ ...first, status: 'running', version: '900031' }, second];
  await operator.waits(1).seesToast('is no longer paused: running now');
  expect(operator.state().toast).toMatchObject({ tone: 'bad', own: true });
  table.rows = table.rows.map((row) => (row.id === 32 ? { ...row, status: 'failed', version: '900032' } : row));
  await operator.waits(1).seesToast('is no longer paused: running now');
  audit.end();
  await operator.waits(11).seesToast('worker 4 overwrote the pause of operation 31');
  expect(operator.state().toast?.tone).toBe('bad');
});

it('takes back the message of a pause of many when none of them is paused any more, not before', async () => {
  const table = fakeTable([1, 2].map((id) => operation({ id, workerId: id })));
  const operator = await open(table);
  await operator.press('P').waits(2).seesToast('paused: 2 operations');
  const audit = table.hold('activity');
  const [first, second] = table.rows;
  if (first === undefined || second === undefined) throw new Error('no rows');
  table.rows = [{ ...first, status: 'running', version: '900001' }, second];
  await operator.waits(1).seesToast('paused: 2 operations');
  runAgain(table);
  await operator.waits(1).seesToast('2 operations are no longer paused');
  table.audit = [
    ...[1, 2].map((operationId) =>
      auditEntry({ at: table.takenAt, operationId, action: 'resume', fromStatus: 'paused', toStatus: 'running' }),
    ),
    ...table.audit,
  ];
  audit.end();
  await operator.waits(11).seesToast('2 operations: resume by ');
  expect(operator.state().toast?.tone).toBe('info');
});

it('says of how many operations a message was that is taken back, also if not all of them are followed', async () => {
  const ids = Array.from({ length: 230 }, (_, index) => index + 1);
  const table = fakeTable(ids.map((id) => operation({ id, workerId: id })));
  const operator = await open(table);
  await operator.press('P').waits(2).seesToast('paused: 230 operations');
  const audit = table.hold('activity');
  runAgain(table);
  await operator.waits(1).seesToast('200 or more of 230 operations are no longer paused');
  audit.end();
});

it('takes back the message of a pause while the key that resumes the operation waits for its answer', async () => {
  const table = fakeTable([operation({ id: 31, workerId: 4 })]);
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(2).seesToast('paused');
  const act = table.hold('act');
  const paused = table.rows;
  await operator.press('r');
  runAgain(table);
  await operator.waits(1);
  expect(operator.state().toast?.text ?? '').not.toContain('paused');
  table.rows = paused;
  act.end();
  await operator.waits(0).seesToast('resumed: operation 31');
});

it('keeps the message of a resume whose operation has completed since', async () => {
  const table = fakeTable([operation({ id: 31, workerId: 4, status: 'paused' })]);
  const operator = await open(table);
  await operator.focus('workers').press('r').seesToast('resumed: operation 31');
  table.rows = table.rows.map((row) => ({ ...row, status: 'completed', version: '900001' }));
  await operator.waits(1).seesToast('running again after');
});

it('says the newest status in the message of an undo that found its operation changed', async () => {
  const table = fakeTable([operation({ id: 31, workerId: 4 }), operation({ id: 32, workerId: 5 })]);
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(2).seesToast('paused');
  runAgain(table);
  await operator
    .press('u')
    .waits(1)
    .seesToast(/^the pause of operation 31 · \w+ is no longer asked for: .* changed it to running$/);
  table.rows = table.rows.map((row) => (row.id === 31 ? { ...row, status: 'completed', version: '990031' } : row));
  await operator.waits(3).seesToast(/ is no longer asked for: .* changed it to running, completed now$/);
});
