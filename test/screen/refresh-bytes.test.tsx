import { Writable } from 'node:stream';
import { render } from 'ink';
import { describe, expect, it } from 'vitest';
import { fewestBytes } from '../../bench/fewest-bytes.ts';
import { createMemo } from '../../source/domain/memo.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { viewIds } from '../../source/presentation/view-id.ts';
import type { Window } from '../../source/presentation/window.ts';
import { Screen } from '../../source/screen/app.tsx';
import { createTerminalOutput } from '../../source/screen/terminal/terminal-output.ts';
import { fakeStdin } from '../support/fake-stdin.ts';
import { nowMs, snapshotOf, takenAt } from '../support/fixtures.ts';
import { migrationAt, migrationState } from '../support/migration.ts';
import { createTerminal } from '../support/terminal.ts';

const theme = themeOf({ LANG: 'C.UTF-8' });

/** The screen of the program on its own output stream, and the bytes that were written. */
async function watch(state: MonitorState) {
  const terminal = createTerminal(state.window);
  let bytes = 0;
  const device = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        bytes += Buffer.byteLength(chunk);
        void terminal.write(chunk).then(() => done());
      },
    }),
    state.window,
  );
  const { stream } = createTerminalOutput(device);
  const ink = render(<Screen state={state} theme={theme} />, {
    stdout: stream,
    stdin: fakeStdin().stream,
    alternateScreen: true,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: 1000,
  });
  await ink.waitUntilRenderFlush();
  return {
    terminal,
    /** The bytes that the change took. */
    async show(next: MonitorState): Promise<number> {
      const before = bytes;
      ink.rerender(<Screen state={next} theme={theme} />);
      await ink.waitUntilRenderFlush();
      return bytes - before;
    },
    async [Symbol.asyncDispose]() {
      ink.unmount();
      await ink.waitUntilExit();
      terminal.dispose();
    },
  };
}

/** The rows and snapshot of the polls at a second, made once for all views and sizes. */
const found = new Map<number, { readonly rows: readonly Operation[]; readonly snapshot: Snapshot }>();

function foundAt(second: number): { readonly rows: readonly Operation[]; readonly snapshot: Snapshot } {
  const known = found.get(second);
  if (known !== undefined) return known;
  // Back from the moment of the fixture, up to which it moves.
  const at = takenAt - 60 + second;
  const rows = migrationAt(at);
  const liveIds = second === 0 ? [] : foundAt(second - 1).snapshot.operations.map(({ id }) => id);
  const made = { rows, snapshot: snapshotOf(rows, at, liveIds) };
  found.set(second, made);
  return made;
}

/** The changes of one second: a poll, the clocks, and the page of operations again. */
function polled(state: MonitorState, second: number): MonitorState {
  const { rows, snapshot } = foundAt(second);
  const next = reduce(state, { kind: 'polled', snapshot, atMs: nowMs + second * 1000, nextSeconds: 1 });
  const operations = rows
    .filter(({ status }) => status !== 'pending')
    .toSorted((one, other) => other.id - one.id)
    .slice(0, 60);
  return reduce(next, {
    kind: 'paged',
    page: { operations, atNewest: true, atOldest: false, filter: '' },
    place: null,
  });
}

const sizes: readonly Window[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
];

describe.each(sizes)('a refresh at $columns x $rows', (window) => {
  it.each(viewIds)('takes hardly more than the minimum bytes for the change: %s', async (view) => {
    let state = reduce(polled(migrationState(window), 0), { kind: 'viewed', view });
    await using screen = await watch(state);
    let written = 0;
    let fewest = 0;
    for (let second = 1; second <= 10; second++) {
      const before = screen.terminal.cells();
      state = polled(state, second);
      written += await screen.show(state);
      fewest += fewestBytes(before, screen.terminal.cells());
    }
    expect(fewest).toBeGreaterThan(0);
    expect(written / fewest).toBeLessThanOrEqual(1.1);
  });

  it.each(viewIds)('takes no bytes if nothing has changed: %s', async (view) => {
    const state = reduce(migrationState(window), { kind: 'viewed', view });
    await using screen = await watch(state);
    expect(await screen.show({ ...state })).toBe(0);
    expect(await screen.show(copyOf(state))).toBe(0);
  });
});

/** The same state in other objects, without the methods of the triage. */
function copyOf(state: MonitorState): MonitorState {
  const { latest, memo: _, ...others } = state;
  if (latest === null) return { ...structuredClone({ ...others, latest }), memo: createMemo() };
  const { triage, memo: __, ...data } = latest;
  const copy = structuredClone({ ...others, pace: null, listed: {} });
  return { ...copy, memo: createMemo(), latest: { ...structuredClone(data), triage, memo: createMemo() } };
}
