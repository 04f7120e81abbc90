import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { render } from 'ink';
import type { ReactElement } from 'react';
import { createTerminal, pastedBytes, showsText, type Terminal, waitForScreen } from './terminal.ts';

/** An Ink tree on a window of a known size. Its reading methods first let Ink and React finish what they have begun. */
export type RenderedScreen = AsyncDisposable & {
  terminal: Terminal;
  text(): Promise<string>;
  /** The text with its colours and attributes as markers: `{red bold}failed{/}`. */
  styled(): Promise<string>;
  /** Types the bytes in one chunk, as held keys arrive. Settles when Ink has drawn what came of it at once. */
  press(keys: string): Promise<void>;
  /** Pastes as terminals do: within brackets while a `usePaste` is mounted. */
  paste(text: string): Promise<void>;
  rerender(element: ReactElement): Promise<void>;
  /**
   * Resizes the window. What spills over its edges on the way to the new layout is forgotten for `expectScreen`, and
   * returned: Ink draws the old tree once into the new window before `useWindowSize` tells the tree.
   */
  resize(columns: number, rows: number): Promise<ReturnType<Terminal['overflow']>>;
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
  /** UTF-8 bytes that Ink has written so far, for tests of how much a repaint costs. */
  bytesWritten(): number;
  /** Whether the app reads keys raw, which it must undo when it ends. */
  isRawMode(): boolean;
};

/**
 * Renders an Ink tree as the program does (alternate screen, incremental repaints) into a window of exactly this size,
 * and reads it back through a headless terminal.
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
    /** What stands between Ink and the terminal, as in the program. */
    through?: (terminal: NodeJS.WriteStream) => NodeJS.WriteStream;
  },
): Promise<RenderedScreen> {
  const { columns, rows, ambiguousIsWide = false, through = (stream) => stream } = options;
  const terminal = createTerminal({ columns, rows, newlineReturns: true, ambiguousIsWide });
  const restoreEnvironment = setEnvironment(options.env ?? {});
  const stdout = createStdout(terminal);
  const stdin = createStdin();
  const ink = render(element, {
    stdout: through(stdout.stream as unknown as NodeJS.WriteStream),
    stdin: stdin.stream as unknown as NodeJS.ReadStream,
    alternateScreen: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    incrementalRendering: true,
    maxFps: 1000,
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
    stdin.stream.write(keys);
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
      ink.rerender(newElement);
      await settle();
    },
    async resize(columns, rows) {
      await settle();
      terminal.resetOverflow();
      terminal.resize(columns, rows);
      stdout.resize(columns, rows);
      await settle();
      const overflow = terminal.overflow();
      terminal.resetOverflow();
      return overflow;
    },
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
 * Asserts that no frame so far has been wider or taller than the window (nothing wrapped, nothing scrolled), and that
 * the screen is the one in `test/screen/goldens/<name>-<columns>x<rows>.txt`. `vitest -u` writes that file anew.
 */
export async function expectScreen(screen: RenderedScreen, name: string): Promise<void> {
  const styled = await screen.styled();
  const { columns, rows } = screen.terminal;
  const { wrappedLines, scrolledLines } = screen.terminal.overflow();
  const window = `the window of ${columns}x${rows}`;
  if (wrappedLines > 0) {
    throw new Error(`${wrappedLines} line(s) of a frame are wider than ${window} and wrapped. The screen:\n${styled}`);
  }
  if (scrolledLines > 0 || screen.terminal.scrollbackLength() > 0) {
    throw new Error(`A frame is taller than ${window}: ${scrolledLines} line(s) scrolled away. The screen:\n${styled}`);
  }
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
    { columns: terminal.columns, rows: terminal.rows, isTTY: true },
  );
  return {
    stream,
    bytesWritten: () => bytes,
    resize(columns: number, rows: number) {
      Object.assign(stream, { columns, rows });
      stream.emit('resize');
    },
  };
}

/** Ink sets stdin to raw mode and to UTF-8, holds the process open with `ref`, and reads on 'readable'. */
function createStdin() {
  let isRaw = false;
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(isEnabled: boolean) {
      isRaw = isEnabled;
      return stream;
    },
    ref: () => stream,
    unref: () => stream,
  });
  return { stream, isRawMode: () => isRaw };
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
