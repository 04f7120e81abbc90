import { messageOf } from '../database/database-error.ts';
import { isUtf8 } from '../domain/locale.ts';
import { barText, type WaitLine } from '../monitor/wait-lines.ts';
import type { Output } from './output.ts';
import type { Surroundings } from './surroundings.ts';
import { windowOfTerminal } from './window.ts';

/** A line is repeated after this time without a change, in milliseconds: some systems end a job that prints nothing. */
const repeatMs = 60_000;
/** Minimum milliseconds between two lines. */
const lineMs = 1000;

/** The progress of a command that waits: a bar on a terminal, else lines. */
export interface ProgressDisplay {
  /** @param change the text of what has changed: without a terminal, a line is written when it is another one */
  show(line: WaitLine, change: string): void;
  /** Removes the bar. Resolves to why lines could not be written, if some could not; a closed pipe is no reason. */
  end(): Promise<string | null>;
}

/** Shows a bar on a terminal, else a line for each change. It drops what comes while the output is still written. */
export function createProgressDisplay({ stdout, env, now }: Surroundings, output: Output): ProgressDisplay {
  const isBar = stdout.isTTY === true && env.TERM !== 'dumb';
  let isWriting = false;
  let shown = '';
  let shownMs = Number.NEGATIVE_INFINITY;
  let problem: string | null = null;

  function write(text: string): void {
    isWriting = true;
    output.write(text).then(
      () => {
        isWriting = false;
      },
      (error) => {
        isWriting = false;
        problem ??= messageOf(error);
      },
    );
  }

  return {
    show(line, change) {
      // A terminal or a reader that is slow gets the newest state when it is ready.
      if (isWriting) return;
      if (isBar) {
        const text = barText(line, windowOfTerminal(stdout, env).columns - 1, isUtf8(env));
        if (text === shown) return;
        shown = text;
        write(`\r${text}\u001B[K`);
        return;
      }
      const sinceMs = now() - shownMs;
      if (sinceMs < lineMs || (change === shown && sinceMs < repeatMs)) return;
      shown = change;
      shownMs = now();
      write(`${[line.clock, line.phase, line.figures].filter(Boolean).join(' ')}\n`);
    },
    async end() {
      if (isBar && shown !== '') await output.write('\r\u001B[K').catch(() => {});
      return problem;
    },
  };
}
