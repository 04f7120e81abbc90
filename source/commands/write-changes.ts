import { plainLines, plainSummary, plainTitle } from '../monitor/plain-lines.ts';
import type { MonitorState } from '../monitor/state.ts';

/** Milliseconds between two lines: changes in between are collected. */
const lineEveryMs = 1000;
/** Minimum milliseconds between two lines about operations that begin or complete. */
const routineEveryMs = 5000;

/**
 * Writes a title, a summary, and then changes, at most one line a second on average. Returns a function that stops it. `redact`:
 * without values in errors.
 */
export function writeChanges(
  store: { state(): MonitorState; subscribe(listener: () => void): () => void },
  stdout: { write(text: string, onWritten: () => void): unknown },
  { now, redact }: { readonly now: () => number; readonly redact: boolean },
): () => void {
  let reported = store.state();
  let hasSummary = false;
  let isBusy = false;
  let quietUntilMs = 0;
  let routineAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function write(lines: readonly string[]): void {
    reported = store.state();
    quietUntilMs = now() + lines.length * lineEveryMs;
    routineAtMs = now() + Math.max(lines.length * lineEveryMs, routineEveryMs);
    isBusy = true;
    // While the terminal does not accept output, changes are collected.
    stdout.write(lines.map((line) => `${line}\n`).join(''), () => {
      isBusy = false;
      check();
    });
  }

  function check(): void {
    clearTimeout(timer);
    if (isBusy) return;
    const state = store.state();
    const waitMs = quietUntilMs - now();
    if (waitMs > 0) {
      timer = setTimeout(check, waitMs);
      return;
    }
    if (!hasSummary && state.latest !== null) {
      hasSummary = true;
      const { urgent } = plainLines(reported, state, redact);
      write([...urgent, ...plainSummary(state, redact)]);
      return;
    }
    const { urgent, routine } = plainLines(reported, state, redact);
    if (urgent.length > 0 || (routine.length > 0 && now() >= routineAtMs)) write([...urgent, ...routine]);
    else if (routine.length > 0) timer = setTimeout(check, routineAtMs - now());
  }

  write([plainTitle(reported)]);
  quietUntilMs = 0;
  const unsubscribe = store.subscribe(check);
  return () => {
    clearTimeout(timer);
    isBusy = true;
    unsubscribe();
  };
}
