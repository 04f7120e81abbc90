import { expect, it } from 'vitest';
import type { Finding } from '../../source/domain/doctor/finding.ts';
import { doctorText } from '../../source/presentation/doctor-text.ts';

const early = (tableName: string, id: number): Finding => ({
  check: 'validation',
  severity: 'error',
  title: `the validation of ${tableName} has passed, but its execution has 3 open operations`,
  tableName,
  rows: [{ id, text: 'count_comparison' }],
  rowCount: 1,
  sql: `UPDATE t SET status = 'pending' WHERE id = ${id};`,
  advice: 'validate again',
});

const sequence: Finding = {
  check: 'sequence',
  severity: 'error',
  title: 'the sequence is behind',
  tableName: null,
  rows: [],
  rowCount: 0,
  sql: 'SELECT 1;',
  advice: null,
};

it('prints one problem of several tables once, with its tables', () => {
  const text = doctorText({ findings: [sequence, early('cases', 7), early('fees', 8)], notChecked: [] });
  expect(text).toBe(`2 errors

error: sequence: the sequence is behind
    SELECT 1;

error: validation: the validation of 2 tables has passed, but their execution has open operations or unresolved failures
  the validation of cases has passed, but its execution has 3 open operations
    7  count_comparison
  the validation of fees has passed, but its execution has 3 open operations
    8  count_comparison
  note: validate again
    UPDATE t SET status = 'pending' WHERE id = 7;
    UPDATE t SET status = 'pending' WHERE id = 8;

2 errors
`);
});

it('prints the advice of each table where they differ, and a problem of one table as it is', () => {
  const [cases, fees] = [early('cases', 7), { ...early('fees', 8), advice: 'skip it' }];
  const text = doctorText({ findings: [cases, fees], notChecked: [] });
  expect(text).toMatch(/7 {2}count_comparison\n {4}note: validate again\n.*fees.*\n.*\n {4}note: skip it\n/);
  expect(doctorText({ findings: [cases], notChecked: [] })).toContain(`1 error\n\nerror: validation: ${cases.title}\n`);
});
