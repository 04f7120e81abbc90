import { describe, expect, it } from 'vitest';
import type { MonitorState } from '../../source/monitor/state.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { countsLine } from '../../source/screen/counts.tsx';
import { headerLine } from '../../source/screen/header.tsx';
import { leftOutNote, migrationLine } from '../../source/screen/migration.tsx';
import { toastLine } from '../../source/screen/toast.tsx';
import { viewLines } from '../../source/screen/views.ts';
import { migrationState } from '../support/migration.ts';

function header(table: string, namesakes: readonly string[] = []): string {
  const state = migrationState({ columns: 120, rows: 40 });
  const line = headerLine({ ...state, target: { ...state.target, table, namesakes } }, themeOf({ LANG: 'C.UTF-8' }));
  return line.map(({ text }) => text).join('');
}

describe('the header', () => {
  it('omits the schema public', () => {
    expect(header('public.migration_control')).toContain('ops@db1/dispatch · migration_control ');
  });

  it('names the restriction, however narrow the window is', () => {
    const state = migrationState({ columns: 80, rows: 24 });
    const scope = { text: '2026-11-25 22:00', firstId: '7', startedAt: null };
    const named = { ...state, target: { ...state.target, scope, host: 'a-long-name.of.a.host.example.org' } };
    const line = headerLine(named, themeOf({ LANG: 'C.UTF-8' }));
    expect(line.map(({ text }) => text).join('')).toContain('… since 2026-11-25 22:00 ');
  });

  it('says how many operations before the restriction are open or failed, in short where the room is short', () => {
    const text = (columns: number): string => {
      const state = migrationState({ columns, rows: 24 });
      const { latest, target } = state;
      if (latest === null) throw new Error('nothing was observed');
      const snapshot = { ...latest.snapshot, earlier: { pending: 11, running: 3, paused: 0, failed: 63 } };
      const scope = { text: '22:00', firstId: '7', startedAt: null };
      const line = headerLine({ ...state, target: { ...target, scope }, latest: { ...latest, snapshot } }, themeOf({}));
      return line.map((segment) => segment.text).join('');
    };
    expect(text(130)).toContain(' since 22:00, before: 3 running, 11 pending, 63 failed ');
    expect(text(84)).toContain(' since 22:00, 77 open or failed before ');
    expect(text(70)).toContain(' since 22:00, 77 before ');
  });

  it('says why the interval is longer than wanted', () => {
    const state = migrationState({ columns: 120, rows: 40 });
    const text = (isBusy: boolean) =>
      headerLine(
        { ...state, interval: { wantedSeconds: 1, actualSeconds: 2.2, ...(isBusy && { isBusy }) } },
        themeOf({ LANG: 'C.UTF-8' }),
      )
        .map((segment) => segment.text)
        .join('');
    expect(text(true)).toContain('every 2.2s (many changes)');
    expect(text(false)).toContain('every 2.2s (slow)');
  });

  it.each([60, 80])('names the schema in %s columns too, and cuts the server', (columns) => {
    const state = migrationState({ columns, rows: 24 });
    const target = { ...state.target, table: 'app.migration_control', namesakes: ['public.migration_control'] };
    const long = { ...target, host: 'a-long-name.of.a.host.example.org', guarded: columns === 80 };
    const line = headerLine({ ...state, target: long }, themeOf({ LANG: 'C.UTF-8' }));
    expect(line.map(({ text }) => text).join('')).toContain(' app.migration_control ');
  });

  it.each([
    ['foreign audit', ' FOREIGN AUDIT ', ' AUDIT? '],
    ['foreign guard', ' FOREIGN GUARD ', ' GUARD? '],
    ['audit not writable', ' AUDIT NOT WRITABLE ', ' NO AUDIT '],
  ] as const)('says %s, in few columns too', (problem, long, short) => {
    for (const [columns, expected] of [
      [120, long],
      [60, short],
    ] as const) {
      const state = migrationState({ columns, rows: 24 });
      const target = { ...state.target, optionProblems: [problem] };
      const line = headerLine({ ...state, target }, themeOf({ LANG: 'C.UTF-8' }));
      expect(line.map(({ text }) => text).join('')).toContain(expected);
    }
  });

  it('names the schema if several have a table of that name', () => {
    expect(header('public.migration_control', ['app.migration_control'])).toContain(
      'dispatch · public.migration_control ',
    );
    expect(header('app.migration_control', ['public.migration_control'])).toContain(
      'dispatch · app.migration_control ',
    );
  });
});

describe('line 2', () => {
  const lineOf = (state: MonitorState): string =>
    migrationLine(state, themeOf({ LANG: 'C.UTF-8' }))
      .map(({ text }) => text)
      .join('');
  const due = (state: MonitorState, seconds: number): MonitorState => {
    const at = (state.latest?.snapshot.takenAt ?? 0) + seconds;
    return { ...state, due: { ...state.due, deadline: { text: '20h', name: '06:30', at } } };
  };
  const days = 86_400;

  it.each([80, 100, 120, 200])(
    'keeps its numbers in their places in %s columns, whether there is an ETA or not',
    (columns) => {
      const state = migrationState({ columns, rows: 24 });
      for (const shown of [state, due(state, 60), due(state, 9 * days)]) {
        const { pace } = shown;
        if (pace === null) throw new Error('there is no rate');
        const without = lineOf({ ...shown, pace: { ...pace, eta: null } });
        expect(lineOf(shown).indexOf('rec/s')).toBe(without.indexOf('rec/s'));
        expect(lineOf(shown)).not.toBe(without);
      }
    },
  );

  it.each([60, 80, 100, 120, 160, 200])(
    'says in %s columns that nothing progresses, also with a deadline',
    (columns) => {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const statuses = { ...latest.migration.statuses, running: 0, pending: 0 };
      const observation = { ...latest, migration: { ...latest.migration, statuses } };
      const halted = {
        ...state,
        latest: observation,
        pace: { ...pace, of: observation, eta: null, recordsPerSecond: 0 },
      };
      // All that is left is paused or has failed.
      expect(lineOf(halted)).toMatch(columns < 100 ? / all paused$/ : / nothing progresses: /);
      const none = /(nothing progresses|all paused)/.source;
      const late = lineOf(due(halted, 4859));
      expect(late).toMatch(new RegExp(none));
      if (columns >= 80) expect(late).toMatch(new RegExp(`${none}.*, deadline .*in 1h 20m$`));
      expect(late.length).toBeLessThanOrEqual(columns);
      if (columns >= 80) expect(lineOf(due(halted, -125))).toMatch(new RegExp(`${none}.*, deadline .*passed 2m ago$`));
    },
  );

  it.each([110, 120, 130])('has a bar in %s columns beside a deadline', (columns) => {
    expect(lineOf(due(migrationState({ columns, rows: 24 }), 9 * days))).toMatch(/^ \w+ ━.*%.* rec\/s/);
  });

  it.each(['workers', 'failures', 'tables', 'operations', 'activity'] as const)(
    'has the deadline in the title of %s where line 2 has no room for it',
    (view) => {
      const state = { ...due(migrationState({ columns: 80, rows: 24 }), 9 * days), view };
      expect(lineOf(state)).not.toContain('06:30');
      const lines = viewLines(state, themeOf({ LANG: 'C.UTF-8' })).map(({ line }) =>
        line.map(({ text }) => text).join(''),
      );
      expect(lines.filter((line) => line.includes('deadline 06:30'))).toHaveLength(1);
    },
  );

  it.each([60, 80, 100, 120, 160, 200])('never fits in %s columns without what the ETA leaves out', (columns) => {
    const line = lineOf(due(migrationState({ columns, rows: 24 }), 9 * days));
    expect(line).toMatch(/without .*: fits|fits in part/);
    if (columns >= 100) expect(line).toMatch(/done .*fits/);
    if (columns >= 120) expect(line).toMatch(/\d\d:\d\d: (without .*: fits|fits in part)/);
  });

  it.each([60, 80, 100, 120, 160, 200])(
    'never says in %s columns when it is done without what that leaves out',
    (columns) => {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const ends = [
        { lowSeconds: 20, highSeconds: 30 },
        { lowSeconds: 600, highSeconds: 900 },
        { lowSeconds: 5 * days, highSeconds: 6 * days },
      ];
      for (const eta of ends) {
        const shown = { ...state, pace: { ...pace, eta } };
        expect(lineOf(shown)).toMatch(/ done .*(, not all$| without .* and the validation$)/);
        // Late by a little, late by much, in time.
        for (const seconds of [10, 60, 7 * days])
          expect(lineOf(due(shown, seconds))).not.toMatch(/ done (?!.*(not all|without|left out|fits in part))/);
        expect(lineOf(shown).length).toBeLessThanOrEqual(columns);
      }
    },
  );

  it.each([60, 80, 120])(
    'says in %s columns that it is done once nothing is open and no failure is unresolved',
    (columns) => {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const statuses = { ...latest.migration.statuses, running: 0, pending: 0, paused: 0 };
      const doneWith = (unresolved: number): string => {
        const triage = { ...latest.triage, isWhole: true, unresolved };
        const observation = { ...latest, triage, migration: { ...latest.migration, statuses } };
        return lineOf({
          ...state,
          latest: observation,
          pace: { ...pace, of: observation, eta: null, recordsPerSecond: 0 },
        });
      };
      expect(doneWith(0)).toMatch(/ {2}done$/);
      expect(doneWith(2)).not.toContain('done');
    },
  );

  it('names the records of tables without a total apart from those above a total', () => {
    for (const [columns, beyond, without, expected] of [
      [160, 1700, 700, / 1,000 more than expected {2}700 without a total /],
      [140, 700, 700, / 700 without a total /],
      [80, 700, 700, / 700 no total /],
    ] as const) {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const migration = { ...latest.migration, recordsBeyond: beyond, recordsWithoutTotal: without };
      const one = { ...latest, migration };
      expect(lineOf({ ...state, latest: one, pace: { ...pace, of: one } })).toMatch(expected);
    }
  });

  it('marks the percentage of an unclear table also where the records have no room', () => {
    for (const columns of [60, 80, 140]) {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const one = { ...latest, migration: { ...latest.migration, isUnclear: true } };
      expect(lineOf({ ...state, latest: one, pace: { ...pace, of: one } })).toMatch(/%\?/);
    }
  });

  it.each([80, 120, 200])('keeps the form of its numbers and its bar in %s columns while records grow', (columns) => {
    const state = migrationState({ columns, rows: 24 });
    const { latest, pace } = state;
    if (latest === null || pace === null) throw new Error('nothing was observed');
    const forms = [4_650_000, 4_700_000, 4_790_000, 4_900_000].map((recordsProcessed, index) => {
      const migration = {
        ...latest.migration,
        recordsProcessed,
        totalRecords: 4_950_000,
        percent: (100 * recordsProcessed) / 4_950_000,
        recordsBeyond: [9_000, 24_800, 102_100, 109_300][index] ?? 0,
      };
      const one = { ...latest, migration };
      return lineOf({ ...state, latest: one, pace: { ...pace, of: one } }).replace(/%.*?(?= \S+M\/)/, '%');
    });
    const shape = (line: string): string => (/^.*M/.exec(line)?.[0] ?? '').replace(/\d/g, '0').replace(/[━╸─]/g, '=');
    expect(new Set(forms.map(shape)).size).toBe(1);
    expect(forms[0]).toMatch(/4\.65M\/4\.95M/);
  });

  it('leaves the time of a deadline that it has no room for to the title of a view', () => {
    const state = due(migrationState({ columns: 80, rows: 24 }), 9 * days);
    expect(lineOf(state)).not.toContain('06:30');
    expect(leftOutNote(state, themeOf({ LANG: 'C.UTF-8' }), 70)).toMatch(/^deadline 06:30, ETA without /);
    // It is cut nowhere: with less room it says in fewer words that something is left out, unless line 2 says just that.
    expect(lineOf(state)).toContain('fits in part');
    expect(leftOutNote(state, themeOf({ LANG: 'C.UTF-8' }), 20)).toBe('deadline 06:30');
    for (const room of [60, 70]) {
      const note = leftOutNote(state, themeOf({ LANG: 'C.UTF-8' }), room);
      expect(note).toMatch(/^deadline 06:30, ETA (?:without \d+ operations( and the validation)?|without [^,]+)$/);
      expect(note.length).toBeLessThanOrEqual(room);
    }
    const wide = { ...state, window: { columns: 200, rows: 50 } };
    expect(lineOf(wide)).toContain('06:30');
    expect(leftOutNote(wide, themeOf({ LANG: 'C.UTF-8' }), 70)).not.toContain('06:30');
  });

  it('says why there is no ETA in a title only in whole words, or not at all where line 2 has the few ones', () => {
    const state = migrationState({ columns: 80, rows: 24 });
    const { latest, pace } = state;
    if (latest === null || pace === null) throw new Error('nothing was observed');
    const phases = latest.phases.map((phase) => ({
      ...phase,
      statuses: { ...phase.statuses, running: 1, paused: 40 },
    }));
    const one = { ...latest, phases };
    const paused = { ...state, latest: one, pace: { ...pace, eta: null, of: one } };
    expect(lineOf(paused)).toContain('no ETA: too many paused');
    const theme = themeOf({ LANG: 'C.UTF-8' });
    expect(leftOutNote(paused, theme, 40)).toBe('');
    expect(leftOutNote(paused, theme, 60)).toBe('no ETA: far more operations are paused than running');
  });

  it('leaves a filter that line 3 cuts to the line of messages, while there is none', () => {
    const theme = themeOf({ LANG: 'C.UTF-8' });
    const textOf = (filter: string): string =>
      toastLine({ ...migrationState({ columns: 80, rows: 24 }), toast: null, filter }, theme)
        .map(({ text }) => text)
        .join('');
    expect(textOf('status:failed table:case_file_relationships')).toBe(
      ' filter status:failed table:case_file_relationships',
    );
    expect(textOf('id:1')).toBe('');
  });

  it('keeps such a filter beside a message that is whole without the hints at its end', () => {
    const theme = themeOf({ LANG: 'C.UTF-8' });
    const state = migrationState({ columns: 80, rows: 24 });
    const textOf = (message: string, brief?: string, ageSeconds = 0): string =>
      toastLine(
        {
          ...state,
          toast: {
            tone: 'good',
            text: message,
            atMs: state.nowMs - ageSeconds * 1000,
            ...(brief === undefined ? {} : { brief }),
          },
          filter: 'status:failed table:case_file_relationships',
        },
        theme,
      )
        .map(({ text }) => text)
        .join('');
    const filter = 'filter status:failed table:case_file_relationships';
    expect(textOf('paused: operation 31')).toMatch(new RegExp(`^ ✓ paused: operation 31 +${filter}$`));
    const hinted = 'paused: 2 operations  (u undoes it)';
    expect(textOf(hinted, hinted)).toMatch(new RegExp(`^ ✓ paused: 2 operations +${filter}$`));
    // A message that leaves it no room is whole for ten seconds, and then cut.
    expect(textOf(`paused: ${'x'.repeat(40)}`)).toBe(` ✓ paused: ${'x'.repeat(40)}`);
    expect(textOf('paused: 22 operations of table x, and 3 not', undefined, 11)).toMatch(
      new RegExp(`^ ✓ paused: .*… .*${filter}$`),
    );
  });

  it('has a bar at 80 columns beside what it leaves out: words are shortened, no figure is lost', () => {
    const state = migrationState({ columns: 80, rows: 24 });
    const { latest, pace } = state;
    if (latest === null || pace === null) throw new Error('nothing was observed');
    expect(lineOf(state)).toMatch(
      /^ execution [━╸─]{6,} +49\.6% +12\.62M\/25\.47M +353 rec\/s +done 15:00–22:00, not all/,
    );
    const migration = {
      ...latest.migration,
      recordsProcessed: 4_790_000,
      totalRecords: 5_000_000,
      recordsBeyond: 67_000,
    };
    const one = { ...latest, migration };
    expect(lineOf({ ...state, latest: one, pace: { ...pace, of: one } })).toMatch(
      /^ execution [━╸─]{6,} +49\.6% +4\.[\d]+M\/5[.\d]*M +353 rec\/s +done 15:00–22:00, not all/,
    );
  });

  it('has no percentage without its records beside tables that are shown only in part', () => {
    for (const columns of [80, 100, 120, 200]) {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const tables = latest.tables.map((table, index) =>
        index === 0 ? { ...table, recordsProcessed: 2_202_666, totalRecords: null, wholeTotal: 5_000_000 } : table,
      );
      const migration = { ...latest.migration, recordsBeyond: 2_202_666, recordsWithoutTotal: 2_202_666 };
      const one = { ...latest, tables, migration };
      const line = lineOf({ ...state, latest: one, pace: { ...pace, of: one } });
      expect(line).toMatch(/ 2\.(2|20)M in part| 2\.20M of tables shown in part/);
      expect(line).toMatch(/ 12\.6\d?M\/25\.[45]\d?M /);
    }
  });

  it('says in 80 columns that there are more records than expected, and of which table where there is room', () => {
    for (const [columns, expected] of [
      // Without the words, the number alone says nothing.
      [80, /^(?!.*(60k|more)).* 12\.6M\/25\.5M +353 rec/],
      [140, / 60,000 more than expected \(cases\) /],
    ] as const) {
      const state = migrationState({ columns, rows: 24 });
      const { latest, pace } = state;
      if (latest === null || pace === null) throw new Error('nothing was observed');
      const tables = latest.tables.map((table) =>
        table.tableName === 'cases' && table.totalRecords !== null
          ? { ...table, recordsProcessed: table.totalRecords + 60_000 }
          : table,
      );
      const migration = { ...latest.migration, recordsBeyond: 60_000 };
      const beyond = { ...latest, tables, migration };
      expect(lineOf({ ...state, latest: beyond, pace: { ...pace, of: beyond } })).toMatch(expected);
    }
  });
});

it('shows in line 3 how old the totals are while the table is counted again, however narrow the window is', () => {
  for (const columns of [70, 80, 100, 120]) {
    const state = migrationState({ columns, rows: 24 });
    const { latest } = state;
    if (latest === null) throw new Error('nothing was observed');
    const { takenAt } = latest.snapshot;
    const coverage = { share: 0.4, countedAt: takenAt - 12, isStale: false, isCarried: true };
    const again = { ...state, latest: { ...latest, snapshot: { ...latest.snapshot, coverage } } };
    const line = countsLine(again, themeOf({ LANG: 'C.UTF-8' }))
      .map(({ text }) => text)
      .join('');
    expect(line).toMatch(/12s (old|ago)/);
    expect(line).toMatch(/running .*unresolved/);
  }
});

it('the line above the keys leaves out whole hints where the window is narrow, not parts of one', () => {
  const brief = 'undone: 3 of 5, 2 changed first  (3 are paused again: P resumes them)  (v lists them)';
  const shown = (columns: number): string => {
    const state = migrationState({ columns, rows: 24 });
    const toast = { tone: 'info', text: `${brief}, and more`, brief, atMs: 0 } as const;
    return toastLine({ ...state, toast }, themeOf({ LANG: 'C.UTF-8' }))
      .map(({ text }) => text)
      .join('');
  };
  expect(shown(120)).toBe(` · ${brief}, and more`);
  expect(shown(80)).toBe(' · undone: 3 of 5, 2 changed first  (3 are paused again: P resumes them)');
  expect(shown(60)).toBe(' · undone: 3 of 5, 2 changed first');
  expect(shown(30)).toBe(' · undone: 3 of 5, 2 changed …');
});
