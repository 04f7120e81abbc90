import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { cleanText } from '../domain/clean-text.ts';
import type { CustomValues } from '../monitor/custom-commands.ts';
import type { CustomCommands, CustomResult, CustomRun } from '../monitor/custom-running.ts';
import type { CustomCommand } from './config/config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Maximum output that is kept, in bytes, and maximum length of a value in characters. */
const largestOutput = 1024 * 1024;
const longestValue = 32_000;
/** How long a command has to end after SIGTERM, before SIGKILL. */
const graceMs = 2000;

/** Runs the commands of the configuration file. @param password migtop's, for commands that ask for it */
export function customCommands(
  commands: readonly CustomCommand[],
  env: Environment,
  password: string | null,
): CustomCommands {
  return {
    rows: commands,
    run(name, values) {
      const command = commands.find((one) => one.name === name);
      if (command === undefined) return ended({ text: 'there is no such command', isGood: false, output: '' });
      const words = argumentsOf(command.run, values);
      if (words === null)
        return ended({ text: 'not run: a value begins with "-"; put "--" before it', isGood: false, output: '' });
      try {
        return start(command, words, environmentOf(env, values, command.getsPassword ? password : null));
      } catch (error) {
        // Node throws some errors, for example that the arguments are too long, and reports others by an event.
        return ended({ text: couldNotStart(error as NodeJS.ErrnoException), isGood: false, output: '' });
      }
    },
  };
}

/**
 * The program and its arguments with the values in the place of `{id}` and the others; each stays one argument. Null if an argument
 * would begin with `-` because of a value, and the program might take it for an option: only after `--` it does not.
 */
export function argumentsOf(run: readonly string[], values: CustomValues): readonly string[] | null {
  const words: string[] = [];
  for (const part of run) {
    const word = part.replace(/\{([a-z_]+)\}/g, (_, name: string) => valueIn(values, name));
    if (word.startsWith('-') && !part.startsWith('-') && !words.includes('--')) return null;
    words.push(word);
  }
  return words;
}

function valueIn(values: CustomValues, name: string): string {
  const value = Object.hasOwn(values, name) ? (values[name] ?? '') : '';
  // No program can get a NUL.
  return cleanText(value).slice(0, longestValue);
}

/**
 * The environment of a command: migtop's, without what names a connection or holds a password (variables of npm repeat the command
 * line), with the values as MIGTOP_ID and so on, and with the connection as PG* variables.
 */
export function environmentOf(env: Environment, values: CustomValues, password: string | null): Record<string, string> {
  const secret = env.PGPASSWORD ?? '';
  const kept = Object.entries(env).filter(
    ([name, value]) =>
      value !== undefined &&
      !/^(?:PG|MIGTOP_|npm_)|^DATABASE_URL$/.test(name) &&
      !(secret.length > 2 && value.includes(secret)),
  );
  const own = Object.keys(values).map((name) => [`MIGTOP_${name.toUpperCase()}`, valueIn(values, name)]);
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(own),
    PGHOST: valueIn(values, 'host'),
    PGPORT: valueIn(values, 'port'),
    PGDATABASE: valueIn(values, 'database'),
    PGUSER: valueIn(values, 'user'),
    ...(password === null ? {} : { PGPASSWORD: password }),
  };
}

function couldNotStart({ code = 'unknown error' }: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such program',
    EACCES: 'the program may not be run',
    E2BIG: 'the values of this row are too long',
  };
  return `could not start: ${known[code] ?? code}`;
}

function ended(result: CustomResult): CustomRun {
  return { result: Promise.resolve(result), stop: () => {} };
}

function start({ timeoutSeconds }: CustomCommand, words: readonly string[], env: Record<string, string>): CustomRun {
  const [program = '', ...rest] = words;
  const chunks: Buffer[] = [];
  let length = 0;
  let isLate = false;
  // In a separate session the command cannot read from migtop's terminal, and all that it starts is ended with it.
  const child: ChildProcess = spawn(program, rest, {
    env,
    shell: false,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // It has ended.
    }
  };
  const stop = (): void => {
    signal('SIGTERM');
    setTimeout(() => signal('SIGKILL'), graceMs).unref();
  };
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, timeoutSeconds * 1000);
  timer.unref();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      if (length < largestOutput) chunks.push(chunk.subarray(0, largestOutput - length));
      length += chunk.length;
    });
  const output = (): string => {
    const text = cleanText(Buffer.concat(chunks).toString('utf8')).replace(/\n+$/, '');
    return length > largestOutput ? `${text}\n(the output is cut after 1 MB)` : text;
  };
  const result = new Promise<CustomResult>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ text: couldNotStart(error), isGood: false, output: output() });
    });
    // Not `close`: a process in the background may keep the pipes open.
    child.on('exit', (code, name) => {
      clearTimeout(timer);
      // The rest of the output is already in the pipes.
      setImmediate(() => {
        const text = isLate
          ? `ended after ${timeoutSeconds} s`
          : code === null
            ? `ended by ${name}`
            : `exit code ${code}`;
        resolve({ text, isGood: code === 0 && !isLate, output: output() });
        // Processes that it left in the background may keep the pipes open: that must not delay the end of migtop.
        for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
      });
    });
  });
  return { result, stop };
}
