import { describe, expect, it } from 'vitest';
import { failureOf } from '../../source/domain/held-failures.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { failuresOfKind } from '../../source/monitor/subject.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { type FakeTable, fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest, type Operator } from '../support/operator.ts';

const open = monitorsUnderTest();

const failures: readonly Operation[] = Array.from({ length: 40 }, (_, index) =>
  operation({
    id: 100 + index,
    status: 'failed',
    completedAt: takenAt - 400 + index,
    tableName: 'dockets',
    errorMessage: `value too long for type varchar(${index % 2 === 0 ? 64 : 32})`,
    version: String(index),
  }),
);
const running = operation({ id: 1, workerId: 4 });

/** A table with more failures than its polls list: they list the newest 10. */
function largeTable(rows: readonly Operation[] = failures): FakeTable {
  const table = fakeTable([running, ...rows]);
  const { poll } = table;
  return Object.assign(table, {
    poll: async (watched: readonly number[]) => {
      const snapshot = await poll(watched);
      const triage = triageOf(
        rows.map((row) => failureOf(row, { kind: 'unresolved' })),
        true,
      );
      return { ...snapshot, failures: snapshot.failures.slice(0, 10), triage };
    },
  });
}

const kinds = ({ state }: Operator) =>
  rowsOf(state(), 'failures').map((row) =>
    row.kind === 'kind' ? [row.summary.kind, row.summary.unresolved] : row.key,
  );
const filtered = async (operator: Operator, text: string) => {
  await operator.press('3', '/', ...text, 'enter').waits(1);
};

describe('a text in the filter of Failures', () => {
  it('is looked for in all failures, also those that the polls do not list', async () => {
    const operator = await open(largeTable());
    await filtered(operator, '"varchar(64)"');
    expect(kinds(operator)).toEqual([
      [failures[0] === undefined ? '' : failureOf(failures[0], { kind: 'unresolved' }).kind, 20],
    ]);
    const subject = failuresOfKind(operator.state(), String((kinds(operator)[0] ?? [])[0]));
    expect(subject.kind === 'kind' && subject.ids.length).toBe(20);
  });

  it('is looked for in the whole of a long error, of which polls read the beginning', async () => {
    const long = operation({
      id: 7,
      status: 'failed',
      completedAt: takenAt - 50,
      errorMessage: `${'x'.repeat(390)} needle`,
    });
    const table = fakeTable([running, long]);
    const { poll } = table;
    Object.assign(table, {
      poll: async (watched: readonly number[]) => {
        const snapshot = await poll(watched);
        const cut = snapshot.failures.map((row) => ({ ...row, errorMessage: row.errorMessage?.slice(0, 390) ?? null }));
        return { ...snapshot, failures: cut };
      },
    });
    const operator = await open(table);
    await filtered(operator, 'needle');
    expect(kinds(operator)).toHaveLength(1);
  });

  it('opens all matching failures of a kind in Operations, if the polls do not list them all', async () => {
    const operator = await open(largeTable());
    await filtered(operator, '"varchar(64)"');
    await operator.press('enter').waits(1);
    expect(operator.state().view).toBe('operations');
    expect(operator.state().page?.operations).toHaveLength(20);
  });

  it('asks for each failure once, and again only for new ones', async () => {
    const table = largeTable();
    const asked: number[] = [];
    const { passing } = table;
    Object.assign(table, {
      passing: (...[filter, ids]: Parameters<typeof passing>) => {
        asked.push(ids.length);
        return passing(filter, ids);
      },
    });
    const operator = await open(table);
    await filtered(operator, '"varchar(64)"');
    await operator.waits(5);
    expect(asked).toEqual([40]);
  });
});

describe('a filter that names resolved or accepted failures', () => {
  const table = (): FakeTable => fakeTable([running, ...failures.slice(0, 3)]);

  it.each(['is:accepted', '!is:unresolved', 'is:resolved,accepted'])('shows them without h: %s', async (filter) => {
    const shared = table();
    const [first] = failures;
    if (first === undefined) return;
    await shared.accept([failureOf(first, { kind: 'unresolved' })], 'known', true);
    const operator = await open(shared);
    await filtered(operator, filter);
    expect(rowsOf(operator.state(), 'failures')).toHaveLength(1);
    await operator.press('enter').waits(1);
    expect(rowsOf(operator.state(), 'failures').map((row) => row.kind === 'operation' && row.operation.id)).toEqual([
      100,
    ]);
  });

  it('shows only unresolved ones with another filter', async () => {
    const shared = table();
    const [first] = failures;
    if (first === undefined) return;
    await shared.accept([failureOf(first, { kind: 'unresolved' })], 'known', true);
    const operator = await open(shared);
    await filtered(operator, 'id:100');
    expect(rowsOf(operator.state(), 'failures')).toEqual([]);
  });
});
