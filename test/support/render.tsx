import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ReactElement } from 'react';
import stringWidth from 'string-width';
import { reachFor } from '../../source/screen/terminal/disputed-width.ts';
import { drawOn } from '../../source/screen/terminal/draw.ts';
import { createInkReader } from '../../source/screen/terminal/ink-writes.ts';
import { rowOf } from '../../source/screen/terminal/painted-rows.ts';
import { createTerminalOutput, type TerminalOutput } from '../../source/screen/terminal/terminal-output.ts';
import { fakeStdin } from './fake-stdin.ts';
import { createTerminal, pastedBytes, showsText, type Terminal, waitForScreen } from './terminal.ts';

/** An Ink tree on a window of a known size. Its reading methods first let Ink and React finish what they have begun. */
export type RenderedScreen = AsyncDisposable & {
  terminal: Terminal;
  text(): Promise<string>;
  /** The text with its colours and attributes as markers: `{red bold}failed{/}`. */
  styled(): Promise<string>;
  /** Types the bytes in one chunk, as held keys arrive. Resolves when Ink has drawn the immediate effect. */
  press(keys: string): Promise<void>;
  /** Pastes as terminals do: within brackets while a `usePaste` is mounted. */
  paste(text: string): Promise<void>;
  rerender(element: ReactElement): Promise<void>;
  /** Resizes the window as the program does. @param prepare tells the app of the new size */
  resize(columns: number, rows: number, prepare?: () => void): Promise<void>;
  /** The lines of all frames that were wider than the window, and the frames that were higher. */
  overflow(): FrameOverflow;
  /** For what comes later than at once: the outcome of a promise, of a timer. */
  waitForText(pattern: string | RegExp, options?: { timeoutMs?: number }): Promise<void>;
  waitFor(
    predicate: (terminal: Terminal) => boolean,
    options?: { timeoutMs?: number; description?: string },
  ): Promise<void>;
  /** Lets Ink and React finish what they have begun. Rejects with the error of a component that threw. */
  settle(): Promise<void>;
  /** Settles as Ink's own does: with the value or the error that the app gave to `exit`. */
  waitUntilExit(): Promise<unknown>;
  unmount(): Promise<void>;
  /** How many UTF-8 bytes Ink has written, for tests of the cost of a repaint. */
  bytesWritten(): number;
  /** Whether the app reads keys raw, which it must undo when it ends. */
  isRawMode(): boolean;
};

/** The part of a frame that did not fit into the window. The program's output cuts it off: the terminal never shows it. */
export interface FrameOverflow {
  readonly wideLines: number;
  readonly highFrames: number;
}

/**
 * Renders an Ink tree as the program does, through `TerminalOutput` and with the same options of Ink, into a window of
 * exactly this size, and reads it back through a headless terminal.
 *
 * `env` is put into `process.env` until the screen is unmounted. Colour depth is not in its power: Ink's chalk reads
 * FORCE_COLOR when it is first imported, and vitest.config.ts sets that to 16 colours.
 */
export async function renderScreen(
  element: ReactElement,
  options: {
    columns: number;
    rows: number;
    env?: Record<string, string | undefined>;
    ambiguousIsWide?: boolean;
  },
): Promise<RenderedScreen> {
  const { columns, rows, ambiguousIsWide = false } = options;
  const terminal = createTerminal({ columns, rows, newlineReturns: true, ambiguousIsWide });
  const restoreEnvironment = setEnvironment(options.env ?? {});
  const stdout = createStdout(terminal);
  const stdin = fakeStdin();
  const output = createTerminalOutput(stdout.stream, { columns, rows }, reachFor({ ambiguousIsWide }));
  const overflow = countOverflow(output);
  let shown = element;
  const ink = drawOn(output, element, {
    stdin: stdin.stream,
    stderr: process.stderr,
  });

  let failure: { error: unknown } | undefined;
  ink.waitUntilExit().catch((error: unknown) => {
    failure = { error };
  });

  const settle = async () => {
    // A flush can start work that draws again (an effect sets state): go on until one draws nothing. An animation
    // would never come to rest, hence the limit.
    for (let round = 0; round < 20; round++) {
      const before = stdout.bytesWritten();
      await nextTurn();
      await ink.waitUntilRenderFlush();
      if (stdout.bytesWritten() === before) break;
    }
    await terminal.write('');
    if (failure) throw failure.error;
  };

  const press = async (keys: string) => {
    stdin.write(keys);
    await nextTurn();
    // An unfinished escape sequence, and so a single Esc, is held back for 100 ms to see whether more comes. Its timer has
    // been set by now, and one that is set later for longer fires after it: no race, however slow the machine.
    if (endsWithinEscape.test(keys)) {
      await new Promise((resolve) => setTimeout(resolve, 105));
      await nextTurn();
    }
    await settle();
  };

  const waitFor: RenderedScreen['waitFor'] = async (predicate, waitOptions) => {
    await settle();
    await waitForScreen(terminal, predicate, waitOptions);
    await settle();
  };

  const unmount = async () => {
    ink.unmount();
    await ink.waitUntilExit().catch(() => undefined);
    await terminal.write('');
    restoreEnvironment();
  };

  const screen: RenderedScreen = {
    terminal,
    settle,
    press,
    async text() {
      await settle();
      return terminal.text();
    },
    async styled() {
      await settle();
      return terminal.styled();
    },
    paste: (text) => press(pastedBytes(terminal, text)),
    async rerender(newElement) {
      shown = newElement;
      ink.rerender(newElement);
      await settle();
    },
    async resize(columns, rows, prepare = () => {}) {
      await settle();
      terminal.resize(columns, rows);
      output.resize({ columns, rows });
      const stopHolding = overflow.hold();
      output.repaint(() => {
        prepare();
        ink.rerender(shown);
      });
      stopHolding();
      await settle();
    },
    overflow: overflow.found,
    waitFor,
    waitForText: (pattern, waitOptions) =>
      waitFor(showsText(pattern), { ...waitOptions, description: `the text ${String(pattern)}` }),
    waitUntilExit: () => ink.waitUntilExit(),
    unmount,
    bytesWritten: stdout.bytesWritten,
    isRawMode: stdin.isRawMode,
    [Symbol.asyncDispose]: unmount,
  };
  try {
    await settle();
  } catch (error) {
    await unmount();
    throw error;
  }
  return screen;
}

/**
 * Asserts that no frame has been wider or higher than the window, and that
 * the screen is the one in `test/screen/goldens/<name>-<columns>x<rows>.txt`. `vitest -u` writes that file again.
 */
export async function expectScreen(screen: RenderedScreen, name: string): Promise<void> {
  const styled = await screen.styled();
  const { columns, rows } = screen.terminal;
  const { wideLines, highFrames } = screen.overflow();
  const window = `the window of ${columns}x${rows}`;
  if (wideLines > 0)
    throw new Error(`${wideLines} line(s) of a frame are wider than ${window}. The screen:\n${styled}`);
  if (highFrames > 0) throw new Error(`${highFrames} frame(s) are taller than ${window}. The screen:\n${styled}`);
  // Imported here, so that scripts can render screens without vitest.
  const { expect } = await import('vitest');
  const golden = fileURLToPath(new URL(`../screen/goldens/${name}-${columns}x${rows}.txt`, import.meta.url));
  await expect(`${styled}\n`).toMatchFileSnapshot(golden);
}

/** An Esc with nothing after it, or a sequence without its last byte; but not a paste. */
const endsWithinEscape = /\u001B(?:\u001B?(?:\[(?!200~)[0-9;<>?=]*|O[0-9;]*)?)?$/;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function createStdout(terminal: Terminal) {
  let bytes = 0;
  const stream = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        bytes += Buffer.byteLength(chunk);
        // Done when it is on the screen: so Ink's own flush waits for the screen, too.
        void terminal.write(chunk).then(() => done());
      },
    }),
    { columns: terminal.columns, rows: terminal.rows },
  );
  return { stream, bytesWritten: () => bytes };
}

/** Looks at each frame before the output cuts it to the window, but for those that the output holds back. */
function countOverflow({ stream }: TerminalOutput): { found: () => FrameOverflow; hold: () => () => void } {
  const read = createInkReader();
  const write = stream.write.bind(stream);
  const found = { wideLines: 0, highFrames: 0 };
  let isHeld = false;
  stream.write = ((text: string, ...rest: []) => {
    const written = read(text);
    if (written.kind === 'frame' && !isHeld) {
      // Ink ends a frame that is lower than the window with a line feed.
      const lines = written.lines.at(-1) === '' ? written.lines.slice(0, -1) : written.lines;
      found.wideLines += lines.filter((line) => stringWidth(rowOf(line)) > stream.columns).length;
      if (lines.length > stream.rows) found.highFrames += 1;
    }
    return write(text, ...rest);
  }) as typeof stream.write;
  return {
    found: () => ({ ...found }),
    hold() {
      isHeld = true;
      return () => {
        isHeld = false;
      };
    },
  };
}

function setEnvironment(env: Record<string, string | undefined>): () => void {
  const previous = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const assign = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(env)) assign(name, value);
  return () => {
    for (const [name, value] of previous) assign(name, value);
  };
}
