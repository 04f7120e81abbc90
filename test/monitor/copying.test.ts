import { describe, expect, it } from 'vitest';
import { selectedRow } from '../../source/monitor/views.ts';
import { kindMarkdown } from '../../source/presentation/kind-handoff.ts';
import { fakeTable } from '../support/fake-table.ts';
import { auditEntry, operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = operation({
  id: 10,
  status: 'failed',
  completedAt: takenAt - 60,
  errorMessage: 'Key (case_id)=(1001) is not present in table "cases".',
  sourceQuery: "SELECT * FROM legacy.brackets WHERE name = 'Smith' LIMIT 500 OFFSET 0",
  validationQuery: null,
});
const retried = operation({
  id: 13,
  operation: 'retry_batch_10',
  status: 'completed',
  sourceQuery: failed.sourceQuery,
});

describe('the key y', () => {
  it('copies all of the operation under the cursor with one key, as Markdown', async () => {
    const operator = await open(fakeTable([failed, retried]));
    await operator.focus('failures').press('y');
    expect(operator.copied.map(({ fileName }) => fileName)).toEqual(['operation-10-db1-dispatch-2a93.md']);
    const text = operator.copied[0]?.text ?? '';
    expect(text).toContain('# Operation 10: brackets, execution, batch_migration: failed');
    expect(text).toContain('```\nKey (case_id)=(1001) is not present in table "cases".\n```');
    expect(text).toContain("```sql\nSELECT * FROM legacy.brackets WHERE name = 'Smith' LIMIT 500 OFFSET 0\n```");
    expect(text).toContain('| 13 | completed | retry_batch_10');
    await operator.seesToast('copied operation 10');
    await operator.seesToast('also to ~/.local/state/migtop/operation-10-db1-dispatch-2a93.md');
    await operator.sees('✓ copied, also to ~/.local/state/migtop/operation-10-db1-dispatch-2a93.md');
    await operator.sees('e error', 's source query', 'i id', 'c command line');
  });

  it('copies a part from its menu, and returns to where it was', async () => {
    const operator = await open(fakeTable([failed, retried]));
    await operator.focus('failures').press('enter', 'y', 'e');
    await operator.sees('OPERATION 10');
    await operator.press('y', 's').press('y', 'i').press('y', 'c').press('y', 'y');
    const texts = operator.copied.filter(({ fileName }) => fileName.endsWith('.txt')).map(({ text }) => text);
    expect(texts).toEqual([
      failed.errorMessage,
      failed.sourceQuery,
      '10',
      "migtop show 10 'host=db1 port=5432 user=ops dbname=dispatch'",
    ]);
    expect(operator.state().overlay.kind).toBe('detail');
    await operator.press('y', 'escape').sees('OPERATION 10');
  });

  it('shows the whole name of the file in 80 columns', async () => {
    const operator = await open(fakeTable([{ ...failed, id: 1_234_567, validationQuery: 'SELECT 1' }]));
    await operator
      .focus('failures')
      .press('y')
      .sees('also to ~/.local/state/migtop/operation-1234567-db1-dispatch-2a93.md');
    await operator.press('v').sees('also to …/operation-1234567-validation-query-db1-dispatch-2a93.txt');
    await operator.press('y', 'c').sees('also to …/operation-1234567-command-line-db1-dispatch-2a93.txt');
  });

  it('does not offer a part that the operation does not have', async () => {
    const operator = await open(fakeTable([failed]));
    await operator.focus('failures').press('y');
    expect(operator.state().overlay.kind).toBe('copy');
    await operator.press('v').seesToast('cannot copy: the operation has no validation query');
    expect(operator.copied).toHaveLength(1);
  });

  it('has the actions of operators in it, also those of other sessions since the last poll', async () => {
    const table = fakeTable([failed]);
    const operator = await open(table);
    await operator.focus('failures');
    table.audit = [
      auditEntry({
        at: takenAt - 30,
        databaseRole: 'ops2',
        osUser: 'ops2',
        action: 'skip',
        operationId: 10,
        fromStatus: 'failed',
        toStatus: 'skipped',
        reason: 'parents are missing | see ticket',
      }),
    ];
    await operator.press('y');
    expect(operator.copied[0]?.text).toMatch(
      /\| skip \| ops2@bastion \| failed → skipped \| .* \| parents are missing \\\| see ticket \|/,
    );
  });

  it('copies what is known now, also while the display is frozen', async () => {
    const table = fakeTable([failed]);
    const operator = await open(table);
    await operator.focus('failures').press('z');
    table.rows = [failed, retried];
    table.resolved.set(failed.id, retried.id);
    await operator.waits(2).press('y');
    expect(operator.copied[0]?.text).toContain('failure: resolved by operation 13');
  });

  it('copies a kind as it is now, also while the display is frozen', async () => {
    const table = fakeTable([failed, { ...failed, id: 11 }, { ...failed, id: 12 }]);
    const operator = await open(table);
    await operator.press('3', 'z');
    table.rows = [failed, { ...failed, id: 11 }, retried];
    table.resolved.set(failed.id, retried.id);
    await operator.waits(2).press('y');
    expect(operator.copied[0]?.text).toContain('- failures: 1 unresolved, 0 accepted, 1 resolved; 2 failed');
    table.rows = [retried];
    await operator.waits(2).press('y');
    expect(operator.copied[1]?.text).toContain('- failures: 0 unresolved, 0 accepted, 0 resolved; 0 failed');
  });

  it('lists a failure of a kind that was skipped only as skipped, also before the polls have seen it', async () => {
    const ids = [1, 2, 3, 4];
    const table = fakeTable(ids.map((id) => ({ ...failed, id })));
    const { errorMessage } = failed;
    // The polls have not seen it yet; the row is read with the audit.
    table.audit = [1, 2].map((operationId) =>
      auditEntry({
        ...{ key: `k/${operationId}`, operationId, action: 'skip', fromStatus: 'failed', toStatus: 'skipped' },
        row: { status: 'skipped', workerId: 1, phase: failed.phase, tableName: failed.tableName, errorMessage },
      }),
    );
    const operator = await open(table);
    await operator.press('3', 'y');
    const text = operator.copied[0]?.text ?? '';
    expect(text).toContain('- failures: 2 unresolved, 0 accepted, 0 resolved; 2 failed, 2 skipped since');
    expect(text).not.toContain('not complete');
    expect(text).toContain('- unresolved operations: 3..4\n- skipped operations: 1..2');
    expect(text).toMatch(new RegExp(`\\| ${failed.tableName} \\| 2 \\| 2 \\| 2 \\|`));
  });

  it('says in the handoff of a kind that the failures are still read', async () => {
    const { latest, target } = (await open(fakeTable([failed, { ...failed, id: 11 }]))).state();
    const summary = latest?.triage.kinds[0];
    if (latest == null || summary === undefined) throw new Error('no failure');
    const statuses = { ...latest.migration.statuses, failed: 1 };
    const migration = { ...latest.migration, statuses };
    const text = kindMarkdown({
      ...{ summary, activity: [], hasAllActions: true, tracked: [], areIdsUnique: true, mayBeHidden: false },
      ...{ target, filter: '', redact: false },
      observation: { ...latest, migration, triage: { ...latest.triage, isWhole: false } },
    });
    expect(text).toContain('- not complete: reading 1 failures again');
  });

  it('copies what is known of a kind of failure', async () => {
    const operator = await open(fakeTable([failed, { ...failed, id: 11, tableName: 'fees' }]));
    await operator
      .press('3', 'y')
      .seesToast('copied this kind of failure, also to ~/.local/state/migtop/failures-key-is-not-p');
    expect(operator.copied.map(({ fileName }) => fileName)).toEqual([
      expect.stringMatching(/^failures-key-is-not-p-[0-9a-f]{6}\.md$/),
    ]);
    const text = operator.copied[0]?.text ?? '';
    expect(text).toContain('# Failures: Key (…)=(…) is not present');
    expect(text).toContain('- failures: 2 unresolved, 0 accepted, 0 resolved; 2 failed');
    expect(text).toContain('| fees | 1 | 1 |');
    expect(text).toContain('- unresolved operations: 10..11');
    expect(text).toContain('- what usually helps: a parent row is missing');
    expect(text).toContain('## Retries\n\nnone');
    expect(text).toContain('## Actions of operators\n\nnone');
    expect(text).toContain('## Error of the newest, operation 11');
    expect(text).toContain("is:unresolved'");
    expect(operator.state().overlay.kind).toBe('none');
  });

  it('says that the handoff of a kind is only of the time since that the session shows', async () => {
    const scope = { text: '2h', firstId: '1', startedAt: 0 };
    const table = fakeTable([failed], { scope });
    const operator = await open(table);
    await operator.press('3', 'y').seesToast('copied this kind of failure since 2h, also to ');
    expect(operator.copied[0]?.text).toContain('- only since 2h (`S`, `--since`): earlier failures of this kind');
  });

  it('copies of a kind its ids so that they do not read as one number, the retries, and what operators did', async () => {
    const others = [298, 516].map((id) => ({ ...failed, id, sourceQuery: `SELECT ${id}`, tableName: 'fees' }));
    const table = fakeTable([...others, { ...retried, id: 530, operation: 'retry_batch_298', status: 'running' }]);
    const retry = (id: number) =>
      auditEntry({ key: `5f0c0de0-0000-8000-8000-00000000000${id % 10}`, action: 'retry', operationId: id });
    table.audit = [
      { ...retry(298), fromStatus: 'failed', toStatus: 'pending', reason: 'the column is wider now' },
      { ...retry(7), fromStatus: 'failed', toStatus: 'pending', reason: 'another kind' },
    ];
    const operator = await open(table);
    await operator.press('3', 'y').seesToast('copied this kind of failure, also to');
    const text = operator.copied[0]?.text ?? '';
    expect(text).toContain('- unresolved operations: 298, 516\n');
    expect(text).toContain('| 298 | 530 | running |');
    expect(text).toMatch(
      /\| retry \| .* \| 298 \| failed → pending \| operation 530: running \| the column is wider now \|/,
    );
    expect(text).not.toContain('another kind');
  });

  it('copies of a kind the failures that operators have skipped, and these skips', async () => {
    const table = fakeTable([failed, { ...failed, id: 20, errorMessage: 'deadlock detected' }]);
    const skip = (operationId: number, tableName: string, errorMessage = failed.errorMessage) =>
      auditEntry({
        key: `5f0c0de0-0000-8000-8000-000000000000/${operationId}`,
        action: 'skip',
        operationId,
        fromStatus: 'failed',
        toStatus: 'skipped',
        reason: 'not needed',
        row: { status: 'skipped', workerId: 1, phase: 'execution', tableName, errorMessage },
      });
    table.audit = [skip(4, failed.tableName), skip(5, 'fees'), skip(6, 'other', 'deadlock detected')];
    const operator = await open(table);
    await operator.press('3');
    while (selectedRow(operator.state())?.key.includes('Key') !== true) await operator.press('j');
    await operator.press('y').seesToast('copied this kind of failure, also to');
    const text = operator.copied[0]?.text ?? '';
    expect(text).toContain('1 failed, 2 skipped since');
    expect(text).toContain('| table | unresolved | failed | skipped since |');
    expect(text).toContain(`| ${failed.tableName} | 1 | 1 | 1 |`);
    expect(text).toContain('| fees | 0 | 0 | 1 |');
    expect(text).toContain('- unresolved operation: 10\n- skipped operations: 4..5\n');
    expect(text).toMatch(/\| skip \| .* \| 4\.\.5 \| failed → skipped \| .* \| not needed \|/);
    expect(text).not.toContain('other');
  });

  it('writes each kind of failure to a separate file, whose name is safe whatever the errors say', async () => {
    const errors = ['../../.profile is broken', 'битая строка', 'битый файл', `${'value too long for it, '.repeat(9)}`];
    const rows = errors.map((errorMessage, index) => ({ ...failed, id: 20 + index, errorMessage }));
    const operator = await open(fakeTable(rows));
    await operator.press('3', 'y', 'j', 'y', 'j', 'y', 'j', 'y').seesToast('copied this kind of failure, also to');
    const names = operator.copied.map(({ fileName }) => fileName);
    expect(new Set(names).size).toBe(errors.length);
    for (const name of names) expect(name).toMatch(/^failures(-[a-z0-9]+)+\.md$/);
    for (const name of names) expect(` ✓ copied, also to …/${name}`.length).toBeLessThanOrEqual(80);
  });

  it('closes its menu for a key that looks at something else, which counts then', async () => {
    const operator = await open(fakeTable([failed, retried]));
    await operator.focus('failures').press('y', '4');
    expect(operator.state().overlay.kind).toBe('none');
    expect(operator.state().view).toBe('tables');
  });

  it('closes its menu for a key that changes the table, which then has to be pressed again', async () => {
    const table = fakeTable([{ ...failed, status: 'pending', errorMessage: null, completedAt: null }]);
    const operator = await open(table);
    await operator
      .focus('operations')
      .press('y', 'p')
      .seesToast('p did nothing, it closed the copy menu: press it again');
    expect(operator.state().overlay.kind).toBe('none');
    expect(operator.state().trackedActions).toEqual([]);
    await operator.press('p').seesToast('paused');
    await operator.press('y', 'ctrl-g').seesToast('ctrl-g does nothing here: Esc closes this first');
    expect(operator.state().overlay.kind).toBe('copy');
  });

  it('leaves values out on request', async () => {
    const operator = await open(fakeTable([failed, retried]), { redact: true });
    await operator.focus('failures').press('y', 'e', 'y', 's');
    const all = operator.copied.map(({ text }) => text).join('\n');
    expect(all).toContain('Key (case_id)=(…) is not present in table "cases".');
    expect(all).toContain("WHERE name = '…' LIMIT 500 OFFSET 0");
    expect(all).not.toMatch(/1001|Smith/);
  });

  it('says that an operation is gone', async () => {
    const table = fakeTable([failed]);
    const operator = await open(table);
    await operator.focus('failures');
    table.rows = [];
    await operator.press('y').seesToast('cannot copy operation 10: it is no longer in the table');
    expect(operator.copied).toEqual([]);
  });
});
