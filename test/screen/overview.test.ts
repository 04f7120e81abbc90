import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Phase, Status } from '../../source/domain/operation.ts';
import type { FailureNumbers } from '../../source/monitor/state.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { overviewLines } from '../../source/screen/overview.ts';
import { bareOperation, snapshot as snapshotOf, target } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { totalsOf } from '../support/totals.ts';

it('says beside FAILURES how many of the unresolved failures match the filter', () => {
  const observed = observe(null, snapshotOf({ takenAt: 300, totals: totalsOf([]), operations: [] }));
  const latest = { ...observed, triage: { ...observed.triage, unresolved: 3 } };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const titleWith = (matching?: FailureNumbers): string | undefined =>
    overviewLines(
      { ...migrationState({ columns: 120, rows: 40 }), latest },
      latest,
      { operations: [], kinds: [], ...(matching && { matching }) },
      context,
    )
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .find((line) => line.startsWith(' FAILURES'));
  expect(titleWith()).toBe(' FAILURES  3 unresolved');
  expect(titleWith({ unresolved: 1, resolved: 0, accepted: 0, kinds: 1 })).toBe(
    ' FAILURES  1 of 3 unresolved match the filter, in 1 kind',
  );
});

it.each<[phase: Phase, statuses: Status[], overview: RegExp, status: string[]]>([
  ['discovery', ['skipped', 'skipped'], /0\/2 +done +2 skipped/, ['2', '0', '0', '0', '0', '0', '2']],
  ['mapping', ['completed', 'skipped'], /1\/2 +done +1 skipped/, ['2', '1', '0', '0', '0', '0', '1']],
  [
    'validation',
    ['completed', 'pending', 'skipped'],
    /1\/3 +1 pending +1 skipped/,
    ['3', '1', '0', '0', '0', '1', '1'],
  ],
])('counts the skipped operations of %s as status does', (phase, statuses, overview, status) => {
  const rows = statuses.map((one, index) => bareOperation({ id: index + 1, phase, status: one }));
  const snapshot = snapshotOf({ takenAt: 300, totals: totalsOf(rows), operations: [] });
  const state = { ...migrationState({ columns: 120, rows: 40 }), latest: observe(null, snapshot) };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const lines = overviewLines(state, state.latest, { operations: [], kinds: [] }, context)
    .map(({ line }) => line.map(({ text }) => text).join(''))
    .filter((line) => line.includes(phase));
  expect(lines).toEqual([expect.stringMatching(overview)]);
  const report = { snapshot, throughput: [], activity: [], runStarts: [] };
  const text = statusText(statusDocument(target, report));
  const [line] = text.split('\n').filter((one) => one.startsWith(phase) && !one.includes('records'));
  expect(line?.split(/ +/).slice(1)).toEqual(status);
});

it('has words in all phases, or signs in all, as they have room', () => {
  const rows = [
    ...(['failed', 'running', 'paused', 'pending'] as const).map((status, index) =>
      bareOperation({ id: index + 1, phase: 'execution', status }),
    ),
    bareOperation({ id: 9, phase: 'validation', status: 'pending' }),
  ];
  const latest = observe(null, snapshotOf({ takenAt: 300, totals: totalsOf(rows), operations: [] }));
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const linesOf = (columns: number): string[] =>
    overviewLines({ ...migrationState({ columns, rows: 24 }), latest }, latest, { operations: [], kinds: [] }, context)
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .filter((line) => /execution|validation/.test(line));
  expect(linesOf(70)).toEqual([expect.stringMatching(/✗ 1 {2}► 1/), expect.stringMatching(/○ 1/)]);
  expect(linesOf(120)).toEqual([expect.stringMatching(/1 failed {2}1 running/), expect.stringMatching(/1 pending/)]);
});

it('has a phase whose failures are all resolved as done, and only unresolved failures in red', () => {
  const rows = [
    bareOperation({ id: 1, phase: 'execution', status: 'failed' }),
    bareOperation({ id: 2, phase: 'execution', status: 'completed' }),
  ];
  const observed = observe(null, snapshotOf({ takenAt: 300, totals: totalsOf(rows), operations: [] }));
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const lineWith = (unresolved: number) => {
    const latest = { ...observed, triage: { ...observed.triage, isWhole: true, unresolvedIn: () => unresolved } };
    const state = { ...migrationState({ columns: 120, rows: 24 }), latest };
    const lines = overviewLines(state, latest, { operations: [], kinds: [] }, context);
    return lines.map(({ line }) => line).find((line) => line.some(({ text }) => text.includes('execution'))) ?? [];
  };
  expect(lineWith(0).find(({ tone }) => tone === 'bad')).toBeUndefined();
  expect(
    lineWith(0)
      .map(({ text }) => text)
      .join(''),
  ).toMatch(/1\/2 {2}done {2}1 resolved/);
  expect(lineWith(1).find(({ tone }) => tone === 'bad')?.text).toBe('1 unresolved');
});

it('has parts of a phase that add up to its operations: its resolved failures too, in words and in signs', () => {
  const statuses = ['failed', 'failed', 'failed', 'completed', 'running', 'pending'] as const;
  const rows = statuses.map((status, index) => bareOperation({ id: index + 1, phase: 'execution', status }));
  const observed = observe(null, snapshotOf({ takenAt: 300, totals: totalsOf(rows), operations: [] }));
  const latest = { ...observed, triage: { ...observed.triage, isWhole: true, unresolvedIn: () => 1 } };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const lineOf = (columns: number, one = latest): string | undefined =>
    overviewLines(
      { ...migrationState({ columns, rows: 24 }), latest: one },
      one,
      { operations: [], kinds: [] },
      context,
    )
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .find((line) => line.includes('execution'));
  expect(lineOf(120)).toMatch(/1\/6 {2}1 unresolved {2}1 running {2}1 pending {2}2 resolved/);
  const accepted = { ...latest, triage: { ...latest.triage, resolved: 1, accepted: 1 } };
  expect(lineOf(120, accepted)).toMatch(/1 pending {2}2 resolved or accepted/);
  const unknown = { ...latest, triage: { ...latest.triage, isWhole: false } };
  expect(lineOf(120, unknown)).toMatch(/1\/6 {2}3 failed {2}1 running {2}1 pending /);
  expect(lineOf(70)).toMatch(/1\/6 {2}✗ 1 {2}► 1 {2}○ 1 {2}⊗ 2/);
});

it('shows no duration of a phase that began in another time zone, also after that operation ended', () => {
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 302, zone: undefined, mayBeHidden: false };
  const row = bareOperation({ id: 1, phase: 'execution', status: 'running', startedAt: 300.5 - 18_000 });
  const other = bareOperation({ id: 2, phase: 'execution', status: 'running', startedAt: 200 });
  const at = (takenAt: number, rows: readonly (typeof row)[], begun: readonly number[] = []) =>
    snapshotOf({ takenAt, totals: totalsOf(rows), operations: rows, gained: new Map(), begun: new Set(begun) });
  const elapsedIn = (latest: ReturnType<typeof observe>): string | undefined =>
    overviewLines(
      { ...migrationState({ columns: 120, rows: 40 }), latest },
      latest,
      { operations: [], kinds: [] },
      context,
    )
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .find((line) => line.includes('execution'))
      ?.trimEnd()
      .split(/ {2,}/)
      .at(-1);
  const before = observe(null, at(300, [other]));
  const begun = observe(before, at(301, [other, row], [1]));
  expect(elapsedIn(begun)).toBe('?');
  const ended = observe(begun, at(302, [other, { ...row, status: 'completed', completedAt: 301.5 - 18_000 }]));
  expect(elapsedIn(ended)).toBe('?');
  expect(elapsedIn(before)).toBe('1m 40s');
});
