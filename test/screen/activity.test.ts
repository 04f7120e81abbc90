import { expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { type Finding, ofTables } from '../../source/domain/doctor/finding.ts';
import { observe } from '../../source/domain/observation.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { activityLines } from '../../source/screen/activity.ts';
import { auditEntry, operation, snapshotOf, takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';

const window = { columns: 160, rows: 40 };
const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt, zone: undefined, mayBeHidden: false };

const paused = auditEntry({ osUser: 'ops2', host: 'db1', operationId: 2 });

it.each([
  [
    { audit: null, foreignAudit: null },
    / {2}only your own actions \(local audit\), and what migtop saw; to share actions: migtop init --audit --apply/,
  ],
  [
    { audit: null, foreignAudit: 'public.migtop_audit' },
    /public\.migtop_audit belongs to an untrusted role and is not used; own actions only, and what migtop saw/,
  ],
  [{ audit: 'public.migtop_audit', foreignAudit: null }, /from public\.migtop_audit, and what migtop saw/],
])('the title of the Activity view says where the actions are read from: %j', (given, title) => {
  const state = migrationState(window);
  const lines = activityLines({ ...state, view: 'activity', target: { ...state.target, ...given } }, [], context);
  expect(JSON.stringify(lines[0])).toMatch(title);
});

it.each([
  [null, 'unknown (no audit)'],
  ['public.migtop_audit', 'unknown (not in the audit)'],
])('the title of the Activity view says that nobody knows who paused an operation: audit %s', (audit, who) => {
  const rows = [operation({ id: 1, status: 'paused' }), operation({ id: 2, status: 'paused' })];
  const state = migrationState(window);
  const entry = { ...paused, operationId: 2 };
  const titleOf = (activity: readonly AuditEntry[]): string => {
    const latest = observe(null, snapshotOf(rows, takenAt));
    const given = { ...state, view: 'activity' as const, activity, latest, target: { ...state.target, audit } };
    const [title] = activityLines(given, [], context);
    return title?.line.map(({ text }) => text).join('') ?? '';
  };
  expect(titleOf([entry])).toContain(`1 paused by: ${who}`);
  expect(titleOf([entry, { ...paused, operationId: 1 }])).not.toContain('paused by');
  // A full list may lack the action: then the audit is asked who acted last.
  expect(titleOf(Array.from({ length: 200 }, () => entry))).not.toContain('paused by');
});

it.each([
  [{ isLate: true, damagedLines: 0 }, 'The local audit could not be read in time'],
  [{ isLate: false, damagedLines: 2 }, '2 lines of the local audit cannot be read'],
  [{ isLate: false, damagedLines: 0, problem: 'not a directory: /x' }, 'The local audit cannot be read (not a direct'],
  [{ isLate: false, damagedLines: 0, isPart: true }, 'The local audit is long'],
])('the title of the Activity view says which actions of the local audit are missing: %j', (auditGaps, note) => {
  const state = migrationState(window);
  const titleWith = (given: Partial<typeof state>): string =>
    JSON.stringify(activityLines({ ...state, view: 'activity', ...given }, [], context));
  expect(titleWith({ auditGaps })).toContain(note);
  expect(titleWith({})).not.toContain('The local audit could');
});

it('lists all problems of one row below the list', () => {
  const problem = (title: string): Finding => ({
    check: 'structure',
    severity: 'warning',
    title,
    ...ofTables([]),
    rows: [],
    rowCount: 0,
    sql: null,
    advice: null,
  });
  const titles = ['the table has no primary key', 'no index on status', 'no check of the phase'];
  const [first = problem(''), ...others] = titles.map(problem);
  const what = { kind: 'findings', findings: [first, ...others], checkedAt: takenAt, isOld: false } as const;
  const nothing = { entry: null, change: null, tracked: null, result: null, bulk: null };
  const row = { kind: 'activity', key: 'problems', event: { at: takenAt, what, key: 'problems' }, ...nothing } as const;
  const state = migrationState(window);
  const cursors = { ...state.cursors, activity: { ...state.cursors.activity, key: 'problems' } };
  const lines = activityLines({ ...state, view: 'activity', cursors }, [row], context);
  const text = lines.map(({ line }) => line.map((part) => part.text).join('')).join('\n');
  expect(text).toContain('3 problems, the first: the table has no primary key');
  expect(text).toContain(`   3 problems: ${titles.join('; ')} (found 0.0s ago;`);
});

it('says that only the newest actions of the local audit are listed, once there are more than it reads', () => {
  const titleOf = (length: number): string => {
    const state = migrationState(window);
    const target = { ...state.target, audit: null, foreignAudit: null };
    const activity = Array.from({ length }, () => ({ ...paused }));
    const [title] = activityLines({ ...state, view: 'activity', activity, target }, [], context);
    return title?.line.map(({ text }) => text).join('') ?? '';
  };
  expect(titleOf(200)).toContain('only the newest 200 of your own actions (local audit)');
  expect(titleOf(199)).toContain('only your own actions (local audit)');
});

it('says at what time something happened: of the entry under the cursor in each window, of each entry in a wide one', () => {
  const entries = [
    auditEntry({ at: takenAt - 200 }),
    auditEntry({ at: takenAt - 200 - 86_400, operationId: 3, key: 'b' }),
  ];
  const screenOf = (columns: number, index = 2): string => {
    const state = { ...migrationState({ columns, rows: 40 }), view: 'activity' as const, activity: entries };
    const rows = rowsOf(state, 'activity');
    const key = rows[index]?.key ?? null;
    const cursors = { ...state.cursors, activity: { key, index, top: 0 } };
    return activityLines({ ...state, cursors }, rows, context)
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .join('\n');
  };
  expect(screenOf(80)).toMatch(/^ {3}10:17:47 · /m);
  expect(screenOf(80, 4)).toMatch(/^ {3}2026-11-04 10:17:47 · /m);
  expect(screenOf(80)).not.toContain(' AT ');
  expect(screenOf(160)).toMatch(/ AT {2}[\s\S]* 10:17:47 {2,}\w+ [\s\S]* 11-04 10:17 {2}/);
});
