import { type Duplex, PassThrough } from 'node:stream';

/** An input that Ink takes for a terminal, and what to write into it. */
export interface FakeStdin {
  readonly stream: NodeJS.ReadStream;
  /** Presses keys. */
  write(keys: string): void;
  isRawMode(): boolean;
}

/** Ink sets its input to raw mode and to UTF-8, holds the process open with `ref`, and reads on 'readable'. */
export function fakeStdin(): FakeStdin {
  let isRaw = false;
  const input: Duplex = new PassThrough();
  const stream = Object.assign(input, {
    isTTY: true as const,
    setRawMode(isEnabled: boolean) {
      isRaw = isEnabled;
      return stream;
    },
    ref: () => stream,
    unref: () => stream,
  }) as NodeJS.ReadStream;
  return { stream, write: (keys) => void input.write(keys), isRawMode: () => isRaw };
}
