import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { detailFields } from '../../source/presentation/detail-fields.ts';
import { operationsColumns } from '../../source/presentation/operation-columns.ts';
import { operationRecord } from '../../source/presentation/operation-record.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { operation, snapshot, snapshotOf, takenAt } from '../support/fixtures.ts';

it.each([
  [null, '► running'],
  ['OVERWRITTEN', '► OVERWRITTEN'],
  ['NOT STOPPED', '► NOT STOPPED'],
  ['STALLED', '► STALLED'],
  ['STILL?', '► STILL?'],
  ['OTHER TIME ZONE', '► running'],
] as const)('an operation with the mark %s is %s in the Operations view', (flag, expected) => {
  const column = operationsColumns.find(({ title }) => title === 'STATUS');
  if (column === undefined) throw new Error('There is no such column.');
  const row = { ...operationRow(observe(null, snapshot()), operation(), []), flag };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 0, zone: undefined, mayBeHidden: false };
  const cell = [column.cell(row, column.width, context)].flat();
  const text = cell.map((part) => (typeof part === 'string' ? part : part.text)).join('');
  expect(text).toBe(expected);
  expect(text.length).toBeLessThanOrEqual(column.width);
});

it('shows no age of the timestamps of a worker in another time zone, in lists and in the detail', () => {
  const before = observe(null, snapshot({ takenAt, totals: [], operations: [] }));
  const row = operation({ startedAt: takenAt - 3600, recordsProcessed: 0 });
  const later = { takenAt: takenAt + 1, totals: [], operations: [row], gained: new Map([[row.id, 0]]) };
  const observation = observe(before, snapshot(later));
  const given = { activity: [], areIdsUnique: true, mayBeHidden: false };
  const record = operationRecord({ detail: { takenAt, operation: row, attempts: [] }, observation, ...given });
  expect(record.isOtherZone).toBe(true);
  const fields = new Map(detailFields(row, record.at, undefined, record.isOtherZone));
  expect(fields.get('started at')).toBe('2026-11-05 09:21:07 ? (another time zone)');
  expect(fields.get('elapsed')).toBe('?');
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt, zone: undefined, mayBeHidden: false };
  for (const title of ['STARTED', 'ELAPSED']) {
    const column = operationsColumns.find((one) => one.title === title);
    expect(column?.cell(operationRow(observation, row, []), 8, context)).toBe('?');
  }
});

it('shows the rate 0 and no ETA of a worker that has stalled since, although it had records in the last minute', () => {
  const at = (seconds: number) => {
    const rowsAfter = (after: number) => [
      operation({
        id: 1,
        recordsProcessed: 1000 + 250 * Math.min(12, Math.max(0, after)),
        totalRecords: 100_000,
        startedAt: takenAt - 60,
      }),
    ];
    return snapshotOf(rowsAfter(seconds), takenAt + seconds, [], seconds === 0 ? null : rowsAfter(seconds - 2));
  };
  const watched = (seconds: number) =>
    Array.from({ length: seconds / 2 + 1 }, (_, index) => at(2 * index)).reduce<Observation | null>(
      (before, one) => observe(before, one),
      null,
    );
  const [working, still] = [watched(12), watched(48)];
  const rowIn = (observation: Observation | null) => {
    const [running] = observation?.snapshot.operations ?? [];
    if (observation === null || running === undefined) throw new Error('nothing is running');
    return operationRow(observation, running, []);
  };
  expect(rowIn(working).recordsPerSecond).toBeGreaterThan(100);
  expect(rowIn(still)).toMatchObject({ flag: 'STALLED', recordsPerSecond: 0, eta: null });
});

it('says in the detail that a total is that of the table, where its batches share it', () => {
  const batches = [1, 2, 3].map((id) =>
    operation({
      id,
      batchSize: 1000,
      recordsProcessed: 1000 - id,
      totalRecords: 10_000,
      status: 'completed',
      workerId: id,
    }),
  );
  const totalOf = (rows: ReturnType<typeof operation>[]) => {
    const [row = operation()] = rows;
    const observation = observe(null, snapshotOf(rows));
    const given = { activity: [], areIdsUnique: true, mayBeHidden: false };
    const record = operationRecord({ detail: { takenAt, operation: row, attempts: [] }, observation, ...given });
    const fields = new Map(detailFields(row, record.at, undefined, record.isOtherZone, record.isTableTotal));
    return fields.get('total records');
  };
  expect(totalOf(batches)).toBe('10,000 (of the table)');
  expect(totalOf(batches.map((row) => ({ ...row, totalRecords: row.id * 700 })))).toBe('700');
});

it.each([
  ['nothing is running', [], [], 'nothing is running: start a worker that claims it'],
  [
    'all workers are in another phase',
    [operation({ id: 2, phase: 'validation' }), operation({ id: 3, phase: 'validation' })],
    [],
    'no worker works in the execution: 2 in the validation',
  ],
  [
    'those connected are held by a pause',
    [operation({ id: 2, workerId: 7, status: 'paused' })],
    [{ run: '-', workerId: 7, operationId: 2, paused: true, pid: 9, blockedBy: [] }],
    'no worker is seen that may claim it: those connected are stalled or held by a pause',
  ],
  ['a worker of its phase is at work', [operation({ id: 2 })], [], undefined],
])('a pending operation says why it has not begun: %s', (_, others, sessions, why) => {
  const row = operation({ id: 1, status: 'pending', workerId: null, startedAt: null, recordsProcessed: 0 });
  const polled = { ...snapshotOf([row, ...others]), operations: others, sessions };
  const given = { activity: [], areIdsUnique: true, mayBeHidden: false };
  const detail = { takenAt, operation: row, attempts: [] };
  const { facts } = operationRecord({ detail, observation: observe(null, polled), ...given });
  expect(facts.find(({ name }) => name === 'not begun')?.value).toBe(why);
});
