import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../source/monitor/views.ts';
import { type FakeTable, fakeTable } from '../support/fake-table.ts';
import { auditEntry, operation } from '../support/fixtures.ts';
import { monitorsUnderTest, type Operator } from '../support/operator.ts';

const open = monitorsUnderTest();

/** An operation that this session has paused, and that runs again; the audit is not read yet. */
async function runsAgain(): Promise<{ table: FakeTable; operator: Operator; audit: { end(): void } }> {
  const table = fakeTable([operation({ id: 31, workerId: 4 })]);
  const operator = await open(table);
  await operator.focus('workers').press('p').waits(1);
  await operator.waits(5);
  const audit = table.hold('activity');
  table.rows = table.rows.map((row) => ({ ...row, status: 'running', version: '900001' }));
  await operator.waits(1);
  return { table, operator, audit };
}

const flags = ({ state }: Operator) => [
  ...rowsOf(state(), 'workers').map((row) => row.flag),
  ...rowsOf(state(), 'activity').flatMap(({ result }) => (result === null ? [] : result.state)),
];

it('is not overwritten while the action of this session that resumes it and others is in progress', async () => {
  const table = fakeTable([1, 2].map((id) => operation({ id, workerId: id })));
  const operator = await open(table);
  await operator.press('P').waits(2);
  expect(table.rows.map(({ status }) => status)).toEqual(['paused', 'paused']);
  const act = table.hold('act');
  const paused = table.rows;
  try {
    await operator.press('P').waits(1);
    expect(operator.state().acting.running).not.toBeNull();
    // The server has applied it, and its answer is on the way; the audit shows nothing of it.
    table.rows = paused.map((row) => ({ ...row, status: 'running', version: `90000${row.id}` }));
    await operator.waits(20);
    expect(flags(operator)).not.toContain('OVERWRITTEN');
    expect(operator.state().noticing.notices).toEqual([]);
  } finally {
    table.rows = paused;
    act.end();
  }
  await operator.waits(2);
  expect(operator.state().acting.writing).toEqual([]);
  expect(flags(operator)).not.toContain('OVERWRITTEN');
});

describe('a paused operation that runs again', () => {
  it('is not overwritten before an audit has been read that is as new as the row', async () => {
    const { table, operator, audit } = await runsAgain();
    expect(flags(operator)).not.toContain('OVERWRITTEN');
    expect(flags(operator)).not.toContain('overwritten');
    expect(operator.state().toast?.text ?? '').not.toMatch(/overwrote/);
    table.audit = [
      auditEntry({ at: table.takenAt, operationId: 31, action: 'resume', fromStatus: 'paused', toStatus: 'running' }),
      ...table.audit,
    ];
    audit.end();
    await operator.waits(2);
    expect(flags(operator)).not.toContain('OVERWRITTEN');
    expect(operator.state().toast?.text ?? '').not.toMatch(/overwrote/);
  });

  it('is overwritten by its worker if that audit has no other action', async () => {
    const { operator, audit } = await runsAgain();
    audit.end();
    await operator.waits(2);
    expect(flags(operator)).toContain('OVERWRITTEN');
    await operator.seesToast(/worker 4 overwrote the pause/);
  });

  it('is overwritten after a while also if the audit cannot be read', async () => {
    const { operator } = await runsAgain();
    await operator.waits(20);
    expect(flags(operator)).toContain('OVERWRITTEN');
  });
});
