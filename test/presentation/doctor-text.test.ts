import { expect, it } from 'vitest';
import { type Finding, ofTables } from '../../source/domain/doctor/finding.ts';
import { type RowUpdate, update } from '../../source/domain/doctor/mending.ts';
import { retrySql } from '../../source/domain/doctor/retry-command.ts';
import { doctorText } from '../../source/presentation/doctor-text.ts';

const withChange = (change: RowUpdate) => ({ change, sql: update(change) });

const early = (tableName: string, id: number): Finding => ({
  check: 'validation',
  severity: 'error',
  title: `the validation of ${tableName} has passed, but its execution has 3 open operations`,
  ...ofTables([tableName]),
  rows: [{ id, text: 'count_comparison' }],
  rowCount: 1,
  ...withChange({ table: 't', set: "status = 'pending'", ids: [id], conditions: ["status = 'completed'"] }),
  advice: 'validate again',
});

const sequence: Finding = {
  check: 'sequence',
  severity: 'error',
  title: 'the sequence is behind',
  ...ofTables([]),
  rows: [],
  rowCount: 0,
  sql: 'SELECT 1;',
  advice: null,
};

it('prints one problem of several tables once, with its tables', () => {
  const text = doctorText({ findings: [sequence, early('cases', 7), early('fees', 8)], notChecked: [] });
  expect(text).toBe(`The control table: 1 error

error: sequence: the sequence is behind
    SELECT 1;

The migration: 1 error

error: validation: the validation of 2 tables has passed, but their execution is open, has unresolved failures or went on after it
  the validation of cases has passed, but its execution has 3 open operations
    7  count_comparison
  the validation of fees has passed, but its execution has 3 open operations
    8  count_comparison
  note: validate again
    UPDATE t
    SET status = 'pending'
    WHERE id IN (7, 8) AND status = 'completed';

2 errors
`);
});

it('prints the problems of the control table before those of the migration, also if these are worse', () => {
  const index: Finding = { ...sequence, check: 'structure', severity: 'warning', title: 'no index' };
  const text = doctorText({ findings: [early('cases', 7), index], notChecked: [] });
  const lines = text.split('\n').filter((line) => /^[^ ].*: /.test(line));
  expect(lines.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
    'The control table: 1 warning',
    'warning: structure',
    'The migration: 1 error',
    'error: validation',
  ]);
  expect(text).toMatch(/\n\n1 error, 1 warning\n$/);
});

it('prints the advice of each table where they differ, and a problem of one table as it is', () => {
  const [cases, fees] = [early('cases', 7), { ...early('fees', 8), advice: 'skip it' }];
  const text = doctorText({ findings: [cases, fees], notChecked: [] });
  expect(text).toMatch(/7 {2}count_comparison\n {4}note: validate again\n.*fees.*\n.*\n {4}note: skip it\n/);
  expect(doctorText({ findings: [cases], notChecked: [] })).toMatch(
    /^The migration: 1 error\n\nerror: validation: the validation of cases has [\s\S]*\n\n1 error\n$/,
  );
});

it('wraps what is read, and leaves commands and SQL as they are, to be copied', () => {
  const command = `migtop takeover 2123 'host=${'db'.repeat(30)}'`;
  const finding: Finding = {
    ...sequence,
    rows: [{ id: 7, text: 'a long row '.repeat(6) }],
    rowCount: 1,
    commands: [command],
  };
  const advice = 'ask its owner first. '.repeat(8).trim();
  const lines = doctorText({ findings: [{ ...finding, advice }], notChecked: [] }, 40).split('\n');
  expect(lines).toContain(`    ${command}`);
  expect(lines.slice(lines.indexOf('  command:') + 2, lines.indexOf('  command:') + 4)).toEqual([
    '  SQL:',
    '    SELECT 1;',
  ]);
  expect(lines.filter((line) => line.length > 40)).toEqual([`    ${command}`]);
  expect(lines.some((line) => line.startsWith('  note: ask its owner first.'))).toBe(true);
});

it('prints a long statement once, and for the problems after it only their ids', () => {
  const failures = (ids: string): Finding => ({
    ...sequence,
    check: 'failures',
    sql: ['INSERT INTO t', ...Array.from({ length: 10 }, (_, line) => `  -- ${line}`), `WHERE id IN (${ids})`].join(
      '\n',
    ),
  });
  const text = doctorText({
    findings: [failures('1, 2'), failures('3,\n  4'), { ...sequence, sql: 'SELECT 2;' }],
    notChecked: [],
  });
  expect(text.match(/INSERT INTO t/g)).toHaveLength(1);
  expect(text).toContain('    -- the INSERT above, with id IN (3, 4)\n');
  expect(text).toContain('    SELECT 2;\n');
});

it('prints the SQL of the retries once, for kinds of any number of failures', () => {
  const kind = (...ids: number[]): Finding => ({ ...sequence, check: 'failures', sql: retrySql('t', ids) });
  const text = doctorText({ findings: [kind(1, 2), kind(3, 4), kind(5)], notChecked: [] });
  expect(text.match(/INSERT INTO t/g)).toHaveLength(1);
  expect(text).toContain('    -- the INSERT above, with id IN (3, 4) instead of its ids\n');
  expect(text).toContain('    -- the INSERT above, with id = 5 instead of its ids\n');
});

it('says that the SQL has the ids of some rows only, and what takes all', () => {
  const rows = [1, 2].map((id) => ({ id, text: 'cases' }));
  const kind = (rowCount: number, commands?: readonly string[]): Finding => ({
    ...sequence,
    check: 'failures',
    rows,
    rowCount,
    sql: retrySql('t', [1, 2]),
    ...(commands !== undefined && { commands }),
  });
  const text = (finding: Finding) => doctorText({ findings: [finding], notChecked: [] });
  expect(text(kind(5000, ['migtop retry']))).toContain('    -- these are 2 of 5,000 rows: the command takes all\n');
  expect(text(kind(5000))).toContain('    -- these are 2 of 5,000 rows: run migtop doctor again for the others\n');
  expect(text(kind(2))).not.toContain('these are');
  expect(text({ ...kind(5000), sql: 'SELECT 2;' })).not.toContain('these are');
});
