import type { Typed } from '../../monitor/typed.ts';
import { createInputParser, patienceMs } from './parser.ts';
import type { TerminalAnswer } from './readings.ts';

/** Where keys come from: the terminal, or in tests a stream like it. */
export type InputStream = Pick<NodeJS.ReadStream, 'on' | 'off' | 'resume' | 'pause' | 'ref' | 'unref' | 'setRawMode'>;

/**
 * Takes the terminal in raw mode, and hands over what it sends, chunk by chunk, until the returned function is called,
 * which puts the terminal back as it was. What the terminal answers to a question goes to `tell`.
 */
export function openTerminalInput(
  stdin: InputStream,
  take: (typed: readonly Typed[]) => void,
  tell?: (answer: TerminalAnswer) => void,
): () => void {
  const parser = createInputParser(tell);
  let timer: NodeJS.Timeout | undefined;
  let waiting: NodeJS.Immediate | undefined;

  function wait(): void {
    clearTimeout(timer);
    clearImmediate(waiting);
    const pending = parser.pending();
    if (pending === null) return;
    timer = setTimeout(() => {
      // While we were busy the rest may have arrived: what is there is read before the immediate runs.
      waiting = setImmediate(() => deliver(parser.giveUp(performance.now())));
    }, patienceMs[pending]);
  }

  function deliver(typed: readonly Typed[]): void {
    wait();
    if (typed.length > 0) take(typed);
  }

  const read = (chunk: Uint8Array | string): void =>
    deliver(parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, performance.now()));

  stdin.ref();
  stdin.setRawMode(true);
  stdin.on('data', read);
  stdin.resume();
  return () => {
    clearTimeout(timer);
    clearImmediate(waiting);
    stdin.off('data', read);
    stdin.pause();
    stdin.setRawMode(false);
    stdin.unref();
  };
}
