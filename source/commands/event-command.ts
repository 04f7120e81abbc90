import { type ChildProcess, spawn } from 'node:child_process';
import { cleanLine } from '../domain/clean-text.ts';
import { isUtf8 } from '../domain/locale.ts';
import { followNotices } from '../monitor/notice-followers.ts';
import type { Store } from '../monitor/store.ts';
import { asciiJson } from '../presentation/charset.ts';
import { noticeDocument } from '../presentation/notice-document.ts';
import { truncate } from '../presentation/text-width.ts';
import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** How long the command may take for one event, then until SIGKILL, and then until it is given up, in milliseconds. */
const longestMs = 10_000;
const killMs = 1000;
const giveUpMs = 1000;

/** How many events wait at most while the command runs for an earlier one. */
const mostWaiting = 1000;

/** How long the errors of a command that has failed may arrive after its end, in milliseconds. */
const lastErrorsMs = 1000;

/** How many characters of its errors are shown. */
const shownError = 200;

/** The command of `--on-event`. */
export interface EventCommand {
  /** Takes no more events. Resolves when the waiting ones are done, or ends the command after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/**
 * Runs the command of `--on-event` for each event of a monitor: one after the other, in their order. Without the option it does
 * nothing.
 *
 * @param onProblem is called with why events are not delivered: once, until it works again
 */
export function followWithCommand(
  store: Pick<Store, 'state' | 'subscribe'>,
  { events, redact }: Pick<Flags, 'events' | 'redact'>,
  { env }: Pick<Surroundings, 'env'>,
  onProblem: (problem: string) => void,
): EventCommand {
  if (events.onEvent === null) return { close: async () => {} };
  const queue = createEventQueue(events.onEvent, env, onProblem);
  const unfollow = followNotices(store, (notices, { target }) => {
    for (const notice of notices) {
      const json = JSON.stringify(noticeDocument(notice, target, redact));
      queue.add(`${isUtf8(env) ? json : asciiJson(json)}\n`);
    }
  });
  return {
    close(graceMs) {
      unfollow();
      return queue.close(graceMs);
    },
  };
}

/** Runs a command for each line: the line is its standard input. */
export function createEventQueue(
  words: readonly string[],
  env: Surroundings['env'],
  onProblem: (problem: string) => void,
): { add(line: string): void; close(graceMs: number): Promise<void> } {
  const name = truncate(cleanLine(words[0] ?? ''), 60);
  const waiting: string[] = [];
  let isBusy = false;
  /** Ends the command that runs. */
  let stop = (): void => {};
  let hasProblem = false;
  let leftOut = 0;
  let idle = Promise.withResolvers<void>();
  idle.resolve();

  function say(problem: string): void {
    if (!hasProblem) onProblem(`--on-event: ${problem}`);
    hasProblem = true;
  }

  function next(): void {
    const line = waiting.shift();
    isBusy = line !== undefined;
    if (line === undefined) {
      leftOut = 0;
      idle.resolve();
      return;
    }
    void run(line).then((problem) => {
      stop = () => {};
      if (problem === null) hasProblem = false;
      else say(problem);
      next();
    });
  }

  function cannotRun({ code, message }: NodeJS.ErrnoException): string {
    return `cannot run ${name}: ${code === 'ENOENT' ? 'there is no such command' : cleanLine(message)}`;
  }

  /** Resolves to why it failed; null if it did not. */
  function run(line: string): Promise<string | null> {
    return new Promise((resolve) => {
      const child = start(words, env);
      if (child instanceof Error) return resolve(cannotRun(child));
      let isLate = false;
      let isDone = false;
      let errors = '';
      const done = (problem: string | null): void => {
        isDone = true;
        clearTimeout(timer);
        child.stderr?.destroy();
        resolve(problem);
      };
      stop = () => end(child, () => done(`${name} could not be ended`));
      // Only after the events that have arrived: it may have ended in time while migtop was suspended.
      const beLate = (): void => {
        if (isDone) return;
        isLate = true;
        stop();
      };
      const timer = setTimeout(() => setImmediate(beLate), longestMs);
      child.on('error', (error) => done(cannotRun(error)));
      child.stderr?.on('data', (chunk: Buffer) => {
        if (errors.length < shownError) errors += chunk.toString();
      });
      // It need not read the event.
      child.stdin?.on('error', () => {});
      child.stdin?.end(line);
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (isDone) return;
        const said = truncate(cleanLine(errors.trim()), shownError);
        const more = said === '' ? '' : `: ${said}`;
        if (isLate) done(`${name} was ended after ${longestMs / 1000} s${more}`);
        else if (code === 0) done(null);
        else done(`${name} failed with ${code === null ? String(signal) : `exit code ${code}`}${more}`);
      };
      child.on('exit', (code, signal) => {
        const { stderr } = child;
        if (code === 0 || stderr === null || stderr.readableEnded) return ended(code, signal);
        // The last of its errors may arrive after its end; a program that it has started may keep the pipe open.
        const last = setTimeout(ended, lastErrorsMs, code, signal);
        stderr.once('end', () => {
          clearTimeout(last);
          ended(code, signal);
        });
      });
    });
  }

  return {
    add(line) {
      if (!isBusy) {
        idle = Promise.withResolvers();
        waiting.push(line);
        next();
      } else if (waiting.length < mostWaiting) waiting.push(line);
      else if (++leftOut === 1) onProblem(`--on-event: events are left out, because ${name} is too slow`);
    },
    async close(graceMs) {
      const timer = setTimeout(() => {
        if (waiting.length > 0) onProblem(`--on-event: ${waiting.length} events were not delivered`);
        waiting.length = 0;
        stop();
      }, graceMs);
      await idle.promise;
      clearTimeout(timer);
    },
  };
}

/** Node reports some errors by an event, and throws the others: a path that is too long, a program that is being replaced. */
function start(words: readonly string[], env: Surroundings['env']): ChildProcess | Error {
  try {
    // A separate session: the command has no terminal, and can be ended together with what it has started.
    return spawn(words[0] ?? '', words.slice(1), {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: withoutPasswords(env),
      detached: true,
    });
  } catch (error) {
    return error as Error;
  }
}

/**
 * Ends a child with all that it has started.
 *
 * @param onSurvival is called if it has not ended: with sudo it is another user's, and a disk may not answer
 */
function end(child: ChildProcess, onSurvival: () => void): void {
  const { pid } = child;
  if (pid === undefined) return;
  kill(pid, 'SIGTERM');
  setTimeout(() => {
    kill(pid, 'SIGKILL');
    setTimeout(() => {
      child.unref();
      onSurvival();
    }, giveUpMs).unref();
  }, killMs).unref();
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/** The environment without variables that may hold the password of the database; those of npm repeat the command line. */
function withoutPasswords(env: Surroundings['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name === 'PGPASSWORD' || name === 'DATABASE_URL' || name.startsWith('npm_')
        ? []
        : [[name, value]],
    ),
  );
}
