import { describe, expect, it } from 'vitest';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { type ThemeOptions, themeOf } from '../../source/presentation/theme.ts';
import type { ViewId } from '../../source/presentation/view-id.ts';
import type { Window } from '../../source/presentation/window.ts';
import { Screen } from '../../source/screen/app.tsx';
import { nowMs, operation, snapshotOf, takenAt } from '../support/fixtures.ts';
import { migrationAt, migrationState } from '../support/migration.ts';
import { expectScreen, renderScreen } from '../support/render.tsx';

const windows: readonly Window[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];

/** Terminals, as the environment describes them. */
const terminals: readonly [string, Readonly<Record<string, string>>, ThemeOptions?][] = [
  ['dark-16', { TERM: 'xterm', LANG: 'en_US.UTF-8' }],
  ['light-16', { TERM: 'xterm', LANG: 'en_US.UTF-8', COLORFGBG: '0;15' }],
  ['light-256', { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' }, { theme: 'light' }],
  ['one-colour', { TERM: 'vt220', LANG: 'en_US.UTF-8' }],
  ['latin-1', { TERM: 'xterm', LANG: 'de_DE.ISO-8859-1' }],
  ['linux-console', { TERM: 'linux', LANG: 'en_US.UTF-8' }],
  ['wide', { TERM: 'xterm-256color', LANG: 'ja_JP.UTF-8' }, { ambiguousWidth: '2' }],
];

/** Running and failed rows with letters, signs and Han characters of every width. */
function state(window: Window, view: ViewId): MonitorState {
  const rows = [
    ...migrationAt(takenAt),
    operation({ id: 9001, tableName: 'straße_αβγ_①②', operation: '移行…', status: 'running', version: '1' }),
    operation({
      id: 9002,
      tableName: '移行管理テーブル',
      status: 'failed',
      errorMessage: 'größer als 9–12 °C … “zu groß” → ±5',
      completedAt: takenAt - 1,
      version: '1',
    }),
  ];
  const events: MonitorEvent[] = [
    { kind: 'polled', snapshot: snapshotOf(rows, takenAt), atMs: nowMs, nextSeconds: 1 },
    { kind: 'viewed', view },
    { kind: 'toasted', toast: { tone: 'good', text: 'resumed: operation 3250 · cases  (u undoes it)', atMs: nowMs } },
  ];
  return events.reduce(reduce, migrationState(window, { readOnly: '--read-only is set' }));
}

describe.each(terminals)('the screen of a terminal: %s', (name, env, options = {}) => {
  const theme = themeOf(env, options);
  it.each(windows.flatMap((window) => (['overview', 'failures'] as const).map((view) => ({ ...window, view }))))(
    'shows the $view, $columns x $rows',
    async ({ view, ...window }) => {
      await using screen = await renderScreen(<Screen state={state(window, view)} theme={theme} />, {
        ...window,
        ambiguousIsWide: theme.ambiguousIsWide,
      });
      await expectScreen(screen, `${name}-${view}`);
      const text = await screen.text();
      if (theme.isAscii) expect(text).toMatch(/^[\n -~]*$/);
      const coloured = screen.terminal
        .cells()
        .flat()
        .filter(({ foreground, background }) => foreground.kind !== 'default' || background.kind !== 'default');
      expect(coloured.length > 0).toBe(theme.colours !== 'none');
    },
  );

  it('uses the colour of the cursor only for the cursor', async () => {
    const window = { columns: 80, rows: 24 };
    await using screen = await renderScreen(<Screen state={state(window, 'failures')} theme={theme} />, window);
    const styled = (await screen.styled()).split('\n');
    const cursor = styled.find((line) => line.includes(theme.glyphs.cursor)) ?? '';
    const marker = /\{[^}]+\}/.exec(cursor)?.[0] ?? 'none';
    const others = styled.filter((line) => line !== cursor && line.includes(marker));
    // One colour has but bold, faint and inverse: there the sign tells the cursor from the marks in the header.
    if (theme.colours !== 'none') expect(others).toEqual([]);
  });
});
