import type { Typed } from '../../monitor/typed.ts';
import { createInputParser, patienceMs } from './parser.ts';
import type { TerminalAnswer } from './readings.ts';

/** The source of the keys: the terminal, or a similar stream in tests. */
export interface InputStream {
  on(event: 'data', read: (chunk: Uint8Array | string) => void): unknown;
  off(event: 'data', read: (chunk: Uint8Array | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
  ref(): unknown;
  unref(): unknown;
  setRawMode(isRaw: boolean): unknown;
}

/** How often the program notes that it is not busy, in milliseconds. */
const beatMs = 50;

/**
 * Sets the terminal to raw mode and reads it. Returns a function that stops reading and restores the mode.
 *
 * @param take is called with the keys of each chunk
 * @param tell is called with each answer of the terminal to a question
 */
export function openTerminalInput(
  stdin: InputStream,
  take: (typed: readonly Typed[]) => void,
  tell?: (answer: TerminalAnswer) => void,
): () => void {
  const parser = createInputParser(tell);
  let timer: NodeJS.Timeout | undefined;
  let waiting: NodeJS.Immediate | undefined;

  /** When the event loop turned last: what is read long after that may have arrived one after the other. */
  let turnedMs = performance.now();
  let turning: NodeJS.Immediate | undefined;
  const beat = setInterval(() => {
    // After busy code the timer is first: Node reads what has arrived meanwhile before the immediate runs.
    turning = setImmediate(() => {
      turnedMs = performance.now();
    });
  }, beatMs);
  beat.unref();

  function wait(): void {
    clearTimeout(timer);
    clearImmediate(waiting);
    const pending = parser.pending();
    if (pending === null) return;
    timer = setTimeout(() => {
      // The rest may have arrived while the program was busy: Node reads it before the immediate runs.
      waiting = setImmediate(() => deliver(parser.giveUp(performance.now())));
    }, patienceMs[pending]);
  }

  function deliver(typed: readonly Typed[]): void {
    wait();
    if (typed.length > 0) take(typed);
  }

  const read = (chunk: Uint8Array | string): void => {
    const atMs = performance.now();
    const isLate = atMs - turnedMs > beatMs + patienceMs.escape;
    deliver(parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, atMs, isLate));
  };

  stdin.ref();
  stdin.setRawMode(true);
  stdin.on('data', read);
  stdin.resume();
  return () => {
    clearInterval(beat);
    clearImmediate(turning);
    clearTimeout(timer);
    clearImmediate(waiting);
    stdin.off('data', read);
    stdin.pause();
    stdin.setRawMode(false);
    stdin.unref();
  };
}
