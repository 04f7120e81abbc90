import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Operation, phases, statuses } from '../../source/domain/operation.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { matchesOperation, matchesTable, parseFilter } from '../../source/monitor/filter.ts';
import type { OperationFilter } from '../../source/polling/control-table.ts';
import { bracketRows, junctionRows, operation } from '../domain/build.ts';
import { totalsOf } from '../support/totals.ts';

const everything: OperationFilter = { statuses: null, phases: null, workerId: null, table: null, text: null };
const examples = [...bracketRows, ...junctionRows];

function filterOf(text: string): OperationFilter {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') throw new Error(parsed.problem);
  return parsed.filter;
}

function idsFor(text: string, rows: readonly Operation[] = examples): number[] {
  return rows.filter((row) => matchesOperation(filterOf(text), row)).map(({ id }) => id);
}

describe('the text of a filter', () => {
  it.each([
    ['', {}],
    ['   ', {}],
    ['status:failed', { statuses: ['failed'] }],
    ['status:failed,paused', { statuses: ['failed', 'paused'] }],
    ['STATUS:Failed', { statuses: ['failed'] }],
    ['phase:execution,validation', { phases: ['execution', 'validation'] }],
    ['worker:2', { workerId: 2 }],
    ['worker:0', { workerId: 0 }],
    ['worker:-1', { workerId: -1 }],
    ['table:Brackets', { table: 'Brackets' }],
    ['table:', {}],
    ['table:a:b', { table: 'a:b' }],
    ['foreign  key', { text: 'foreign key' }],
    ['error:foreign', { text: 'error:foreign' }],
    ['mystatus:failed', { text: 'mystatus:failed' }],
    ['foreign status:failed key worker:2', { statuses: ['failed'], workerId: 2, text: 'foreign key' }],
    ['status:failed status:paused', { statuses: ['paused'] }],
    ['100%_done', { text: '100%_done' }],
  ])('%j', (text, fields) => {
    expect(parseFilter(text)).toEqual({ kind: 'ok', filter: { ...everything, ...fields } });
  });

  it.each([
    ['status:', 'there is no status ""'],
    ['status:done', 'there is no status "done"'],
    ['status:failed,', 'there is no status ""'],
    ['phase:copy', 'there is no phase "copy"'],
    ['worker:', 'worker: takes a number'],
    ['worker:two', 'worker: takes a number'],
    ['worker:1.5', 'worker: takes a number'],
    ['worker:99999999999999999999', 'worker: takes a number'],
  ])('%j is wrong, and it says why', (text, problem) => {
    expect(parseFilter(text)).toEqual({ kind: 'wrong', problem });
  });

  it('is either parsed or explained, whatever it is', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('status:', 'phase:execution', 'worker:', 'table:', ',', '%', '\\', "'"),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const parsed = parseFilter(words.join(' '));
        if (parsed.kind === 'wrong') expect(parsed.problem).not.toBe('');
        else expect(parsed.filter.workerId === null || Number.isSafeInteger(parsed.filter.workerId)).toBe(true);
      }),
    );
  });

  it('is parsed the same way when it is printed and typed again', () => {
    fc.assert(
      fc.property(
        fc.subarray([...statuses], { minLength: 1 }),
        fc.subarray([...phases], { minLength: 1 }),
        fc.nat(),
        (chosen, of, worker) => {
          const filter = filterOf(`status:${chosen.join(',')} phase:${of.join(',')} worker:${worker}`);
          expect(filter).toMatchObject({ statuses: chosen, phases: of, workerId: worker });
        },
      ),
    );
  });
});

describe('operations that match', () => {
  it.each([
    ['', [1, 2, 3, 4, 8, 10, 11, 12, 13]],
    ['status:failed', [10]],
    ['status:failed,running', [10]],
    ['phase:validation', [8, 11]],
    ['worker:1 phase:execution', [3, 4]],
    ['worker:7', []],
    ['table:BRACKET', [1, 2, 3, 4, 8]],
    ['table:cases', [12]],
    ['retry', [13]],
    ['CONSTRAINT VIOLATION', [10]],
    ['select', []],
    ['brackets status:failed', []],
  ])('%j', (text, ids) => {
    expect(idsFor(text)).toEqual(ids);
  });

  it('are found by the letters that were typed, not by a pattern', () => {
    const rows = [operation({ id: 1, tableName: 'a_b' }), operation({ id: 2, tableName: 'axb' })];
    expect(idsFor('a_b', rows)).toEqual([1]);
    expect(idsFor('%', rows)).toEqual([]);
    expect(idsFor('a.b', rows)).toEqual([]);
  });

  it('need a worker if the filter names one', () => {
    expect(idsFor('worker:0', [operation({ workerId: null })])).toEqual([]);
    expect(idsFor('worker:0', [operation({ id: 5, workerId: 0 })])).toEqual([5]);
  });
});

describe('tables that match', () => {
  const tables = summariseTables(totalsOf(examples));
  const namesFor = (text: string) =>
    tables.filter((table) => matchesTable(filterOf(text), table)).map(({ tableName }) => tableName);

  it.each([
    ['', ['brackets', 'case_file_relationships', 'cases']],
    ['status:failed', ['case_file_relationships']],
    ['status:failed,completed', ['brackets', 'case_file_relationships', 'cases']],
    ['status:pending', []],
    ['phase:validation', []],
    ['phase:execution table:case', ['case_file_relationships', 'cases']],
    ['cases', ['cases']],
  ])('%j', (text, names) => {
    expect(namesFor(text)).toEqual(names);
  });
});
