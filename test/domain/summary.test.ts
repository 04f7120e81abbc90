import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, type Operation, type Phase, phases, type Status, statuses } from '../../source/domain/operation.ts';
import { totalsByPhase } from '../../source/domain/phase-totals.ts';
import { openIn } from '../../source/domain/progress.ts';
import type { Total } from '../../source/domain/snapshot.ts';
import { summariseMigration, summariseTables, type TableSummary } from '../../source/domain/summary.ts';
import { rowSums, total, totalsOf } from '../support/totals.ts';
import { at, bracketRows, junctionRows, operation } from './build.ts';

const examples = [...bracketRows, ...junctionRows];

const row = fc
  .record({
    phase: fc.constantFrom(...phases),
    tableName: fc.constantFrom('brackets', 'cases', 'a', 'Ä', ''),
    status: fc.constantFrom(...statuses),
    recordsProcessed: fc.option(fc.integer({ min: -5, max: 5000 })),
    totalRecords: fc.option(fc.integer({ min: -1, max: 5000 })),
    batchSize: fc.option(fc.integer({ min: 0, max: 500 })),
    startedAt: fc.option(fc.integer({ min: 0, max: 1000 })),
    completedAt: fc.option(fc.integer({ min: 0, max: 1000 })),
  })
  .map((fields): Operation => operation(fields));
const rows = fc.array(row, { maxLength: 30 });

const summarisePhases = (totals: readonly Total[]) =>
  [...totalsByPhase(null, totals, 0).values()].map(({ summary }) => summary);

function phase(name: Phase, of: readonly Operation[]) {
  return summarisePhases(totalsOf(of)).find((summary) => summary.phase === name);
}

function table(name: string, of: readonly Operation[]): TableSummary | undefined {
  return summariseTables(totalsOf(of)).find((summary) => summary.tableName === name);
}

function migration(of: readonly Operation[]) {
  const totals = totalsOf(of);
  return summariseMigration(summarisePhases(totals));
}

describe('phases', () => {
  it('are added up again only if one of their totals is another object', () => {
    const planned = operation({ id: 90, phase: 'planning' });
    const running = operation({ id: 91, phase: 'execution', status: 'running', recordsProcessed: 5 });
    const [plan, copy] = totalsOf([planned, running]);
    const [copied] = totalsOf([{ ...running, recordsProcessed: 6 }]);
    if (plan === undefined || copy === undefined || copied === undefined) return expect.fail('no totals');
    const before = totalsByPhase(null, [plan, copy], 0);
    const latest = totalsByPhase(before, [plan, copied], 1);
    expect(latest.get('planning')).toBe(before.get('planning'));
    expect(latest.get('execution')?.summary.recordsProcessed).toBe(6);
    expect(totalsByPhase(latest, [plan], 2).get('execution')?.summary.operations).toBe(0);
  });

  it('are all six, in their order, also of an empty table', () => {
    expect(summarisePhases([]).map((summary) => summary.phase)).toEqual([
      'discovery',
      'planning',
      'mapping',
      'execution',
      'validation',
      'rollback',
    ]);
    expect(summarisePhases([])[0]).toMatchObject({
      operations: 0,
      recordsProcessed: 0,
      startedAt: null,
      completedAt: null,
    });
  });

  it('add up the examples of the specification', () => {
    expect(phase('execution', examples)).toMatchObject({
      operations: 5,
      statuses: { pending: 0, running: 0, completed: 4, failed: 1, paused: 0, skipped: 0 },
      recordsProcessed: 500 + 500 + 2300 + 23 + 200,
      startedAt: at('10:00:15'),
      completedAt: at('10:21:30'),
    });
    expect(phase('validation', examples)).toMatchObject({ operations: 2, completedAt: at('10:18:45') });
  });

  it.each(['pending', 'running', 'paused'] as const)('are not completed while an operation is %s', (status) => {
    expect(phase('execution', [...examples, operation({ id: 14, status })])?.completedAt).toBeNull();
    // The work of another phase keeps none but its own open.
    expect(phase('validation', [...examples, operation({ id: 14, status })])?.completedAt).toBe(at('10:18:45'));
  });

  it.each(['failed', 'skipped', 'completed'] as const)('are completed with an operation that is %s', (status) => {
    expect(phase('execution', [...examples, operation({ id: 14, status })])?.completedAt).toBe(at('10:21:30'));
  });

  it('open again when work is added after they were completed', () => {
    const retried = [...examples, operation({ id: 14, status: 'pending' })];
    expect(phase('execution', examples)?.completedAt).not.toBeNull();
    expect(phase('execution', retried)?.completedAt).toBeNull();
  });

  it('are completed only when nothing in them is open, whatever the rows', () => {
    fc.assert(
      fc.property(rows, (all) => {
        for (const summary of summarisePhases(totalsOf(all))) {
          const own = all.filter((one) => one.phase === summary.phase);
          expect(summary.operations).toBe(own.length);
          expect(openIn(summary.statuses)).toBe(own.filter((one) => isOpen(one.status)).length);
          if (own.some((one) => isOpen(one.status))) expect(summary.completedAt).toBeNull();
          else if (own.some((one) => one.completedAt !== null)) expect(summary.completedAt).not.toBeNull();
        }
      }),
    );
  });
});

describe('tables', () => {
  it('have no outcome if all operations were skipped', () => {
    const skipped = operation({ status: 'skipped', recordsProcessed: 0, totalRecords: 500 });
    expect(summariseTables(totalsOf([skipped]))[0]).toMatchObject({ outcome: null, percent: 0 });
    expect(phase('execution', [skipped])).toMatchObject({ outcome: null });
    const completed = operation({ id: 2, status: 'completed', recordsProcessed: 500, totalRecords: 500 });
    expect(summariseTables(totalsOf([skipped, completed]))[0]?.outcome).not.toBeNull();
  });

  it('are one row each, by name, and of the execution phase only', () => {
    expect(summariseTables(totalsOf(examples)).map((summary) => summary.tableName)).toEqual([
      'brackets',
      'case_file_relationships',
      'cases',
    ]);
  });

  it.each([
    ['brackets', 1000, 1569, 63.73],
    ['case_file_relationships', 2500, 15420, 16.21],
    ['cases', 23, 23, 100],
  ])('show what is done of %s, as the specification has it', (name, recordsProcessed, totalRecords, percent) => {
    expect(table(name, examples)).toMatchObject({ recordsProcessed, totalRecords, percent, counting: 'per batch' });
  });

  it('do not include the records of validation', () => {
    // Row 8 of the specification: 1569 records verified, when 1000 were migrated.
    expect(table('brackets', bracketRows)?.recordsProcessed).toBe(1000);
  });

  it('have counts of all statuses', () => {
    expect(table('case_file_relationships', examples)?.statuses).toEqual({
      pending: 0,
      running: 0,
      completed: 1,
      failed: 1,
      paused: 0,
      skipped: 0,
    });
  });

  it('compute the rate from the sums over completed batches, not as a mean of ratios', () => {
    const summary = table('brackets', [
      operation({ status: 'completed', recordsProcessed: 100, startedAt: 0, completedAt: 1 }),
      operation({ status: 'completed', recordsProcessed: 100, startedAt: 0, completedAt: 99 }),
      operation({ status: 'failed', recordsProcessed: 7777, startedAt: 0, completedAt: 1 }),
    ]);
    expect(summary?.recordsPerSecond).toBe(2);
    expect(summary?.averageBatchSeconds).toBe(50);
  });

  it('have no rate if start and end are the same, in the wrong order, or infinite', () => {
    const pairs: [number | null, number | null][] = [
      [5, 5],
      [9, 5],
      [-Infinity, 5],
      [5, Infinity],
      [null, 5],
      [5, null],
    ];
    for (const [startedAt, completedAt] of pairs) {
      const summary = table('brackets', [
        operation({ status: 'completed', recordsProcessed: 500, startedAt, completedAt }),
      ]);
      expect(summary?.recordsPerSecond).toBeNull();
      expect(summary?.averageBatchSeconds).toBeNull();
    }
  });

  it('accept rows without counters', () => {
    expect(table('brackets', [operation()])).toMatchObject({
      recordsProcessed: 0,
      totalRecords: null,
      percent: null,
      startedAt: null,
      recordsPerSecond: null,
    });
  });

  it('have every row in exactly one of them, and only valid figures', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const summaries = summariseTables(totalsOf(all));
        const execution = all.filter((one) => one.phase === 'execution');
        expect(new Set(summaries.map((one) => one.tableName)).size).toBe(summaries.length);
        expect(summaries.reduce((sum, one) => sum + one.operations, 0)).toBe(execution.length);
        for (const { percent, recordsPerSecond, averageBatchSeconds } of summaries) {
          for (const figure of [percent, recordsPerSecond, averageBatchSeconds]) {
            expect(figure === null || Number.isFinite(figure)).toBe(true);
          }
        }
      }),
    );
  });
});

describe('the whole migration', () => {
  it('adds up the tables of the specification, by phases', () => {
    expect(migration(examples)).toMatchObject({
      operations: 9,
      currentPhase: 'validation',
      recordsProcessed: 1569 + 23,
      totalRecords: 1569 + 23,
      percent: 100,
    });
    expect(phase('execution', examples)).toMatchObject({
      recordsProcessed: 1000 + 2500 + 23,
      totalRecords: 1569 + 15420 + 23,
      percent: 20.71,
    });
  });

  it('has the first phase with a running operation as its current phase', () => {
    const open = (name: Phase, status: Status) => operation({ phase: name, status });
    expect(migration([open('planning', 'pending'), open('execution', 'running')]).currentPhase).toBe('execution');
    expect(migration([open('mapping', 'paused'), open('validation', 'pending')]).currentPhase).toBe('mapping');
    expect(migration([open('mapping', 'completed'), open('validation', 'failed')]).currentPhase).toBe('validation');
    expect(migration([]).currentPhase).toBeNull();
  });

  it('does not count the surplus of one table as work of another', () => {
    const rows = [
      operation({ id: 1, tableName: 'done_twice', recordsProcessed: 150, totalRecords: 100, batchSize: 100 }),
      operation({ id: 2, tableName: 'half_done', recordsProcessed: 50, totalRecords: 100, batchSize: 100 }),
    ];
    expect(migration(rows)).toMatchObject({ recordsProcessed: 150, totalRecords: 200, percent: 75, recordsBeyond: 50 });
  });

  it('has no percentage if no table has a total', () => {
    expect(migration([operation({ recordsProcessed: 10 })])).toMatchObject({ totalRecords: null, percent: null });
  });

  it('leaves the records of a table without a total out of the percentage', () => {
    const all = [
      operation({ tableName: 'a', recordsProcessed: 50, totalRecords: 100 }),
      operation({ tableName: 'b', recordsProcessed: 9000 }),
    ];
    expect(migration(all)).toMatchObject({
      recordsProcessed: 50,
      totalRecords: 100,
      percent: 50,
      recordsBeyond: 9000,
    });
  });

  it('has an outcome of the tables with a total only, and what one has above it does not fill what another lacks', () => {
    const done = (tableName: string, recordsProcessed: number, totalRecords: number | null) =>
      operation({ tableName, status: 'completed', recordsProcessed, totalRecords, batchSize: 500 });
    const short = done('cases', 3000, 4000);
    const outcomeWith = (...others: readonly Operation[]) => migration([short, ...others]).outcome;
    const quarter = { kind: 'fewer', percent: 25 };
    expect(outcomeWith(done('without', 1000, null))).toEqual(quarter);
    expect(outcomeWith(done('without', 2000, null))).toEqual(quarter);
    expect(outcomeWith(done('more', 6000, 4000))).toEqual({ kind: 'fewer', percent: 12.5 });
    expect(migration([done('more', 6000, 4000), done('without', 9, null)])).toMatchObject({
      outcome: { kind: 'more', percent: 50 },
      recordsBeyond: 2009,
      recordsWithoutTotal: 9,
    });
    expect(migration([done('none', 0, 4000), done('more', 6000, 4000)]).outcome).toEqual({
      kind: 'fewer',
      percent: 50,
    });
    expect(migration([done('none', 0, 4000), done('more', 10, 0)]).outcome).toEqual({ kind: 'fewer', percent: 100 });
  });

  it('does not count repeated work of one table as work of another', () => {
    const totals = [
      total({ tableName: 'a', recordsProcessed: 2000, main: rowSums({ largestLive: 500, largestTotal: 1000 }) }),
      total({ tableName: 'b', statuses: { pending: 1 }, main: rowSums({ largestTotal: 1000 }) }),
    ];
    const summary = summariseMigration(summarisePhases(totals));
    expect(summary).toMatchObject({ recordsProcessed: 1000, totalRecords: 2000, percent: 50, recordsBeyond: 1000 });
  });

  it('reads 100 % only when nothing is open and every table with a total has all its records', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const execution = all.map((one, id) => ({ ...one, id, phase: 'execution' as const }));
        const tables = summariseTables(totalsOf(execution));
        const { percent, statuses: counts } = migration(execution);
        if (percent === null) return;
        expect(percent).toBeLessThanOrEqual(100);
        expect(percent === 100).toBe(
          openIn(counts) === 0 &&
            tables.every((one) => one.totalRecords === null || one.recordsProcessed >= one.totalRecords),
        );
      }),
    );
  });

  it('has the figures of the phase that it names', () => {
    const all = [
      operation({ id: 1, status: 'completed', recordsProcessed: 100_000, totalRecords: 100_000, batchSize: 500 }),
      operation({ id: 2, phase: 'validation', status: 'running', recordsProcessed: 10, totalRecords: 100_000 }),
    ];
    expect(migration(all)).toMatchObject({
      currentPhase: 'validation',
      recordsProcessed: 10,
      totalRecords: 100_000,
      percent: 0.01,
    });
  });

  it('counts every operation once, in its status', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const summary = migration(all);
        expect(summary.operations).toBe(all.length);
        for (const status of statuses) {
          expect(summary.statuses[status]).toBe(all.filter((one) => one.status === status).length);
        }
      }),
    );
  });
});
