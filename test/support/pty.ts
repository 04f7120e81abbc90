import { constants } from 'node:os';
import { spawn } from '@lydell/node-pty';
import { createTerminal, pastedBytes, showsText, type Terminal, waitForScreen } from './terminal.ts';

/** A program that runs in a real terminal device, and the headless terminal at its other end. */
export type PtyProgram = AsyncDisposable & {
  readonly pid: number;
  terminal: Terminal;
  /**
   * Types the bytes as they are; see `keys` for those of special keys.
   *
   * Ink draws its first frame before its effects switch the terminal to raw mode; what is typed in between is echoed
   * onto the screen. A mode set by the same effects is the sign to wait for, as `usePaste`'s:
   * `await program.waitFor((terminal) => terminal.modes.bracketedPaste)`.
   */
  press(keys: string | Buffer): void;
  /** Pastes as terminals do: within brackets if the program asked for them. */
  paste(text: string): void;
  /** Resolves when the screen shows the text. Rejects after `timeoutMs` (60 s), or when the program ends before. */
  waitForText(pattern: string | RegExp, options?: { timeoutMs?: number }): Promise<void>;
  waitFor(
    predicate: (terminal: Terminal) => boolean,
    options?: { timeoutMs?: number; description?: string },
  ): Promise<void>;
  /** Resizes the window; the program gets SIGWINCH. */
  resize(columns: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the program has ended and all of its output is on the screen. */
  exit: Promise<{ exitCode: number; signal: NodeJS.Signals | undefined }>;
  /** Everything that the program has written, escape sequences and all. */
  output(): string;
  /** Kills the program and its process group, if it still runs, and resolves when it has ended. */
  kill(): Promise<void>;
};

/**
 * Variables that would make a program behave otherwise than in a user's terminal: CI, colour wishes, sizes, connections,
 * vitest's.
 */
const removedVariables =
  /^(CI|CONTINUOUS_INTEGRATION|BUILD_NUMBER|GITHUB_ACTIONS|GITLAB_CI|TEAMCITY_VERSION|TF_BUILD|NO_COLOR|FORCE_COLOR|LINES|COLUMNS|LANG|LANGUAGE|LC_.*|PG.*|DATABASE_URL|INK_.*|DEV|NODE_ENV|NODE_OPTIONS|VITEST.*|TERM_PROGRAM.*|MIGTOP_CONFIG|TMUX.*|STY)$/;

/**
 * Starts a command in a pseudo-terminal of the given size and shows its output in a headless terminal, which also
 * answers the program's queries (device attributes, cursor position; like most terminals it is silent about kitty's).
 *
 * The environment is that of this process without what would tell the program that it is under test, as an
 * xterm-256color with true colour and UTF-8; `env` adds to it, and removes where a value is undefined.
 */
export function runInTerminal(
  command: string,
  args: string[],
  options: {
    columns?: number;
    rows?: number;
    env?: Record<string, string | undefined>;
    cwd?: string;
    /** The background that the terminal reports, as xterm writes colours; it does not answer if this is absent. */
    background?: string;
    /** Whether the terminal answers questions at all. */
    answers?: boolean;
  } = {},
): PtyProgram {
  const { columns = 80, rows = 24, env = {}, cwd = process.cwd(), background, answers = true } = options;
  const terminal = createTerminal({ columns, rows });
  const environment = userEnvironment(env);
  // It sets TERM to the name.
  const name = environment.TERM ?? 'dumb';
  const pty = spawn(command, args, { name, cols: columns, rows, cwd, env: environment });
  // It takes bytes too, though its types do not say so.
  const input: { write(data: string | Buffer): void } = pty;
  const ended = new AbortController();
  let output = '';
  let hasEnded = false;

  pty.onData((data) => {
    output += data;
    // Before the answer to what was asked after it.
    if (background !== undefined && data.includes('\u001B]11;?')) pty.write(`\u001B]11;${background}\u001B\\`);
    void terminal.write(data);
  });
  terminal.onAnswer((bytes) => {
    if (!hasEnded && answers) pty.write(bytes);
  });
  const exit = new Promise<{ exitCode: number; signal: NodeJS.Signals | undefined }>((resolve) => {
    pty.onExit(async ({ exitCode, signal }) => {
      hasEnded = true;
      // Writes are parsed in order: when this one is, all of the output before it has been.
      await terminal.write('');
      ended.abort(`The program ended with ${signalName(signal) ?? `exit code ${exitCode}`}`);
      resolve({ exitCode, signal: signalName(signal) });
    });
  });

  const waitFor: PtyProgram['waitFor'] = (predicate, waitOptions = {}) =>
    waitForScreen(terminal, predicate, { ...waitOptions, signal: ended.signal });
  const kill = async () => {
    if (!hasEnded) {
      try {
        // The program leads its own session and group, so this signal reaches only its children.
        process.kill(-pty.pid, 'SIGKILL');
      } catch (error) {
        if (!isNoSuchProcess(error)) throw error;
      }
    }
    await exit;
  };

  return {
    pid: pty.pid,
    terminal,
    press: (keys) => input.write(keys),
    paste: (text) => pty.write(pastedBytes(terminal, text)),
    waitFor,
    waitForText: (pattern, waitOptions) =>
      waitFor(showsText(pattern), { ...waitOptions, description: `the text ${String(pattern)}` }),
    resize(newColumns, newRows) {
      // First the terminal: the program may repaint for the new size at once.
      terminal.resize(newColumns, newRows);
      pty.resize(newColumns, newRows);
    },
    signal(name) {
      process.kill(pty.pid, name);
    },
    exit,
    output: () => output,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

function userEnvironment(added: Record<string, string | undefined>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !removedVariables.test(name));
  const all = [
    ...inherited,
    ['TERM', 'xterm-256color'],
    ['COLORTERM', 'truecolor'],
    ['LC_ALL', 'C.UTF-8'],
    // Not the file of the developer who runs the tests.
    ['MIGTOP_CONFIG', ''],
    ...Object.entries(added),
  ];
  const environment: Record<string, string> = {};
  for (const [name, value] of all) {
    if (name === undefined) continue;
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

function signalName(number: number | undefined): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] as NodeJS.Signals | undefined;
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
