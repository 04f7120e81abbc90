import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptLedger } from '../../source/polling/kept-ledger.ts';
import { keptText, readKeptText } from '../../source/polling/kept-text.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, step, workOff } from '../support/fake-database.ts';

const secret = 'a text of an error or a query';

function watched(): { database: FakeDatabase; ledger: Ledger } {
  const database = fakeDatabase();
  const insert = database.begin();
  for (let row = 0; row < 60; row++)
    insert.put(
      operation({
        id: database.nextId(),
        tableName: `table ${row % 3}`,
        status: row % 10 === 0 ? 'failed' : row > 50 ? 'running' : 'completed',
        errorMessage: row % 10 === 0 ? secret : null,
        sourceQuery: `SELECT '${secret}' LIMIT 10 OFFSET ${row % 40}`,
        validationQuery: secret,
        startedAt: database.now - 100 + row,
        completedAt: row > 50 ? null : database.now - 50 + row / 2,
        recordsProcessed: row,
        totalRecords: 1000,
        batchSize: 10,
      }),
    );
  insert.commit();
  const ledger = createLedger();
  step(ledger, database);
  workOff(ledger, database);
  return { database, ledger };
}

const { database, ledger } = watched();
const text = keptText(ledger.keep() ?? expect.fail('nothing is kept'), 'key');

/** A text whose bodies were changed, with the digests of the changed bodies: only the checks of the values are left. */
function forged(preview: string, body: string): string {
  const digests = [preview, body].map((one) => createHash('sha256').update(one).digest('hex'));
  return `${JSON.stringify({ ...JSON.parse(header), digests })}\n${preview}\n${body}`;
}

const [header = '', preview = '', body = ''] = text.split('\n');
const whole = (of: string): KeptLedger | null => readKeptText(of, 'key')?.whole() ?? null;

describe('a kept ledger', () => {
  it('keeps of which tables some rows cannot be read', () => {
    const kept = whole(text) ?? expect.fail('it cannot be read');
    const unreadable = [
      { kind: 'rows', operations: 2, problem: 'status is "COMPLETED"', status: 'COMPLETED' },
      { kind: 'rows', operations: 1, problem: 'phase is "copy"', status: 'failed' },
    ] as const;
    const table = { phase: 'execution', tableName: 'table 1' } as const;
    const [first, second] = unreadable;
    const ranges = kept.ranges.ranges.map((range) => ({ ...range, unreadable: [{ ...first, table }, second] }));
    const again = readKeptText(keptText({ ...kept, ranges: { ...kept.ranges, ranges } }, 'key'), 'key');
    expect(again?.whole()?.ranges.ranges).toEqual(ranges);
    const later = createLedger();
    later.resume(again?.whole() ?? expect.fail('it cannot be read'));
    expect(later.snapshot().totals.map(({ tableName, hasUnreadable = false }) => [tableName, hasUnreadable])).toEqual(
      expect.arrayContaining([
        ['table 0', false],
        ['table 1', true],
      ]),
    );
  });

  it('shows the same totals in the next run as in this one, and no operation that changed in between as a change', () => {
    const kept = whole(text) ?? expect.fail('it cannot be read');
    const later = createLedger();
    later.resume(kept);
    const transaction = database.begin();
    transaction.change(55, (row) => ({ ...row, recordsProcessed: 500 }));
    transaction.commit();
    step(later, database);
    step(ledger, database);
    const [resumed, running] = [later.snapshot(), ledger.snapshot()];
    expect(resumed.totals).toEqual(running.totals);
    expect(resumed.coverage).toEqual(running.coverage);
    expect(resumed.failures).toEqual(running.failures);
    expect(resumed.gained).toBeNull();
    expect(resumed.operations.map(({ id }) => id)).toEqual(running.operations.map(({ id }) => id));
    expect(later.history()).toEqual(ledger.history());
    expect(later.work()).toBeNull();
  });

  it('has no errors and queries in its text, but names of tables', () => {
    expect(text).not.toContain(secret);
    expect(text).toContain('table 1');
  });

  it('is not used for another table, nor if a byte of it differs', () => {
    expect(readKeptText(text, 'other key')).toBeNull();
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom('0', '9', '"', ']', ' ', 'x'), (place, byte) => {
        const damaged = text.slice(0, place) + byte + text.slice(place + 1);
        const isSame = damaged === text || JSON.stringify(JSON.parse(text.split('\n')[0] ?? '')) === damaged;
        expect(whole(damaged) === null || isSame).toBe(true);
        expect(whole(text.slice(0, place))).toBeNull();
      }),
    );
  });

  it.each([
    ['ledger', body, (changed: string) => whole(forged('null', changed))],
    ['preview', preview, (changed: string) => readKeptText(forged(changed, body), 'key')?.preview ?? null],
  ])('is refused or works, whatever the values of the %s are', (_, original, read) => {
    const values: unknown = JSON.parse(original);
    const value = fc.oneof(
      fc.json({ maxDepth: 1 }).map((json) => JSON.parse(json)),
      fc.integer(),
      fc.constantFrom('inf', '-9', -1, 1e300),
    );
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 8 }), value, (path, put) => {
        const changed = structuredClone(values);
        let parent = changed as unknown[];
        for (const place of path) {
          const next = parent[place % Math.max(1, parent.length)];
          if (!Array.isArray(next) || next.length === 0) break;
          parent = next;
        }
        parent[(path.at(-1) ?? 0) % Math.max(1, parent.length)] = put;
        const kept = read(JSON.stringify(changed));
        if (kept === null) return;
        const later = createLedger();
        later.resume(kept);
        step(later, database);
        workOff(later, database);
        later.snapshot();
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a control character in the name of a table', 'table 1', 'table\\u001b[2J'],
    ['an invisible character in the name of a table', 'table 1', 'table\\u200b'],
  ])('is refused with %s', (_, name, hostile) => {
    expect(whole(forged('null', body.replaceAll(name, hostile)))).toBeNull();
    expect(readKeptText(forged(preview.replaceAll(name, hostile), body), 'key')).toBeNull();
  });

  it('is dropped if the next poll shows another server, table or clock', () => {
    const kept = whole(text) ?? expect.fail('it cannot be read');
    const far = 2 ** 31;
    for (const last of [
      { ...kept.last, server: 7 },
      { ...kept.last, storage: 'other files' },
      { ...kept.last, xmin: kept.last.xmin + far, xmax: kept.last.xmax + far },
      { ...kept.last, takenAt: kept.last.takenAt + 86_400 },
    ]) {
      const later = createLedger();
      later.resume({ ...kept, last });
      step(later, database);
      expect(later.isWhole()).toBe(false);
      workOff(later, database);
      step(ledger, database);
      const tables = (of: Ledger) => of.snapshot().totals.map(({ tableName, statuses }) => ({ tableName, statuses }));
      expect(tables(later)).toEqual(expect.arrayContaining(tables(ledger)));
    }
  });

  it('is dropped if more transactions passed than versions can tell apart', () => {
    const old = fakeDatabase({ startXid: 1000 + 2 ** 31 });
    const insert = old.begin();
    insert.put(operation({ id: old.nextId(), status: 'completed' }));
    insert.commit();
    const kept = whole(text) ?? expect.fail('it cannot be read');
    const later = createLedger();
    later.resume({ ...kept, last: { ...kept.last, highestId: 1n }, horizon: { ...kept.horizon, top: 1n, bottom: 1n } });
    step(later, old);
    workOff(later, old);
    expect(later.snapshot().totals).toMatchObject([{ statuses: { completed: 1, failed: 0 } }]);
  });

  it.each<[string, (kept: KeptLedger) => KeptLedger, number]>([
    ['the statistics of the table were reset', (kept) => ({ ...kept, last: { ...kept.last, deleted: 5 } }), 60],
    ['rows may have been deleted', (kept) => ({ ...kept, last: { ...kept.last, deleted: -1 } }), 60],
    ['its counts are older than a day', (kept) => kept, 90_000],
  ])('is stale until it is counted again if %s', (_, changed, seconds) => {
    const { database: other, ledger: before } = watched();
    const kept = whole(keptText(before.keep() ?? expect.fail('nothing is kept'), 'key'));
    const later = createLedger();
    later.resume(changed(kept ?? expect.fail('it cannot be read')));
    other.now += seconds;
    step(later, other);
    expect(later.snapshot().coverage).toMatchObject({ share: 1, isStale: true });
    expect(workOff(later, other)).toBeGreaterThan(0);
    expect(later.snapshot().coverage).toMatchObject({ share: 1, isStale: false, countedAt: other.now });
  });
});
