import { expect, it } from 'vitest';
import { endedParts, endingsAfter, noEndings } from '../../source/domain/endings.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');
/** A batch of a table of which 10,000 records are expected. */
const batch = (id: number, status: Operation['status'], fields: Partial<Operation> = {}): Operation =>
  operation({
    id,
    status,
    tableName: 'warrants',
    workerId: 1,
    startedAt: noon - 60,
    completedAt: status === 'completed' ? noon : null,
    batchSize: 1000,
    recordsProcessed: status === 'completed' ? 1000 : 0,
    totalRecords: 10_000,
    ...fields,
  });
const other = (status: Operation['status']): Operation => batch(50, status, { tableName: 'cases', workerId: 2 });

/** Which ends these polls show, with the seconds of the first that shows each. */
function endsIn(polls: readonly (readonly [seconds: number, rows: readonly Operation[]])[]): string[] {
  let before: Observation | null = null;
  let known = noEndings;
  const told: string[] = [];
  for (const [seconds, rows] of polls) {
    const latest: Observation = observe(before, snapshot(noon + seconds, rows));
    const { endings, ended } = endingsAfter(known, before, latest);
    for (const { what } of ended) if (what.kind === 'table done') told.push(`${seconds} ${what.tableName}`);
    [before, known] = [latest, endings];
  }
  return told;
}

const first = batch(1, 'completed');
const every = (from: number, to: number, rows: readonly Operation[]) =>
  Array.from({ length: (to - from) / 2 + 1 }, (_, index) => [from + 2 * index, rows] as const);

it('tells the end of a table with fewer records than expected once, after its phase has no open operation', () => {
  expect(
    endsIn([
      ...every(0, 2, [batch(1, 'running'), other('running')]),
      ...every(4, 60, [first, other('running')]),
      ...every(62, 64, [first, batch(2, 'pending', { workerId: null }), other('running')]),
      ...every(66, 100, [first, batch(2, 'completed'), other('running')]),
      ...every(102, 130, [first, batch(2, 'completed'), other('completed')]),
    ]).filter((text) => text.includes('warrants')),
  ).toEqual([expect.stringMatching(/^10[24] warrants$/)]);
});

it('tells it after five minutes, if the phase goes on without it', () => {
  expect(
    endsIn([...every(0, 2, [batch(1, 'running'), other('running')]), ...every(4, 400, [first, other('running')])]),
  ).toEqual(['304 warrants']);
});

it('tells the end of a complete table at once', () => {
  const whole = { totalRecords: 1000 };
  const polls = [
    ...every(0, 2, [batch(1, 'running', whole), other('running')]),
    ...every(4, 20, [batch(1, 'completed', whole), other('running')]),
  ];
  expect(endsIn(polls)).toEqual(['6 warrants']);
});

it('tells the end of a table that ended shortly before the first poll, once it goes on no more', () => {
  expect(endsIn(every(20, 400, [first, other('running')]))).toEqual(['300 warrants']);
  const early = observe(null, snapshot(noon + 20, [first, other('running')]));
  expect(endedParts(early).map(({ key }) => key)).toEqual([]);
  const late = observe(null, snapshot(noon + 400, [first, other('running')]));
  expect(endedParts(late).map(({ key }) => key)).toEqual(['table warrants']);
});

it('tells no end of a table that had ended before a retry, and that the undo of the retry leaves as it was', () => {
  const old = batch(1, 'failed', { completedAt: noon - 1800, totalRecords: null });
  const retry = (status: Operation['status']): Operation =>
    batch(2, status, { workerId: null, startedAt: null, totalRecords: null });
  const before = [...every(0, 4, [old, other('running')]), ...every(6, 8, [old, retry('pending'), other('running')])];
  expect(endsIn([...before, ...every(10, 30, [old, retry('skipped'), other('running')])])).toEqual([]);
  // A worker that runs the same row again, which fails again, and a retry that fails, end the table again.
  const again = { ...old, status: 'running', completedAt: null } as const;
  expect(
    endsIn([
      ...every(0, 4, [old, other('running')]),
      ...every(6, 8, [again, other('running')]),
      ...every(10, 400, [old, other('running')]),
    ]),
  ).toEqual([expect.stringContaining('warrants')]);
  expect(endsIn([...before, ...every(10, 400, [old, retry('failed'), other('running')])])).toEqual([
    expect.stringContaining('warrants'),
  ]);
});
