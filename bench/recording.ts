import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import { createTerminal, type Terminal } from '../test/support/terminal.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Bytes read from the pseudo-terminal, and when, in milliseconds since the start. */
export interface Chunk {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** A program in a pseudo-terminal. Its output is stored and parsed only on request, so as not to disturb the program. */
export interface Recording extends AsyncDisposable {
  readonly pid: number;
  readonly chunks: readonly Chunk[];
  nowMs(): number;
  press(keys: string): void;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves to when the pattern first matched the screen, in milliseconds since the start. @throws {Error} if it did not */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<number>;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

export const screenSize = { columns: 120, rows: 40 } as const;

/** The terminal's answers to `CSI c` and `CSI 6 n`, for programs that wait for them. */
const answers = [
  ['\u001B[c', '\u001B[?62;22c'],
  ['\u001B[6n', '\u001B[1;1R'],
] as const;

const checkEveryMs = 20;

let home: string | undefined;

/** One home directory for all programs of a run, so that each finds the files of its previous start. */
function homeOfTheRun(): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'migtop-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    home = made;
  }
  return home;
}

export function record({ file, args, env }: Command): Recording {
  const startedMs = performance.now();
  const pty = spawn(file, [...args], {
    name: 'xterm-256color',
    cols: screenSize.columns,
    rows: screenSize.rows,
    cwd: homeOfTheRun(),
    encoding: null,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: homeOfTheRun(),
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      LC_ALL: 'C.UTF-8',
      ...env,
    },
  });
  const chunks: Chunk[] = [];
  let hasEnded = false;
  let shown: { terminal: Terminal; fed: number } | undefined;

  // With `encoding: null`, the data are bytes, although the types say string.
  pty.onData((data) => {
    const received = data as string | Uint8Array;
    const bytes = typeof received === 'string' ? Buffer.from(received, 'latin1') : received;
    const atMs = performance.now() - startedMs;
    chunks.push({ atMs, bytes });
    const text = Buffer.from(bytes).toString('latin1');
    for (const [question, answer] of answers) if (text.includes(question)) pty.write(answer);
  });
  const exit = new Promise<void>((resolve) => {
    pty.onExit(() => {
      hasEnded = true;
      resolve();
    });
  });

  /** Feeds the chunks to a terminal until the pattern matches; null if it does not yet. */
  async function shownAt(pattern: RegExp): Promise<number | null> {
    shown ??= { terminal: createTerminal(screenSize), fed: 0 };
    if (pattern.test(shown.terminal.text())) return chunks[shown.fed - 1]?.atMs ?? 0;
    for (let chunk = chunks[shown.fed]; chunk !== undefined; chunk = chunks[shown.fed]) {
      shown.fed++;
      await shown.terminal.write(chunk.bytes);
      if (pattern.test(shown.terminal.text())) return chunk.atMs;
    }
    return null;
  }

  const nowMs = (): number => performance.now() - startedMs;
  const kill = async (): Promise<void> => {
    try {
      if (!hasEnded) process.kill(-pty.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
    await exit;
    shown?.terminal.dispose();
  };

  return {
    pid: pty.pid,
    chunks,
    nowMs,
    press: (keys) => pty.write(keys),
    signal: (name) => process.kill(-pty.pid, name),
    async waitFor(pattern, timeoutMs = 60_000) {
      const until = nowMs() + timeoutMs;
      for (;;) {
        const atMs = await shownAt(pattern);
        if (atMs !== null) return atMs;
        if (hasEnded || nowMs() > until)
          throw new Error(
            `${file} ${hasEnded ? 'ended' : 'was still running after the timeout'} without showing ${pattern}:\n${shown?.terminal.text()}`,
          );
        await sleep(checkEveryMs);
      }
    },
    ended: exit,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
