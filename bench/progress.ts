/** Prints what is running to a stream; on a terminal, in one line that is overwritten. */
export interface Progress {
  /** Prints the start of a figure. */
  begin(what: string): void;
  /** Prints a step, and how much of it is done. */
  step(what: string, done?: number, of?: number): void;
  /** Prints a line that is not overwritten. */
  note(text: string): void;
  end(): void;
}

/** Minimum time between two lines for the same step, in milliseconds: on a terminal, and in a log. */
const everyMs = 200;
const everyMsInLog = 15_000;

export function createProgress(stream: NodeJS.WriteStream, now = () => performance.now()): Progress {
  const startedMs = now();
  let lastMs = 0;
  let lastText = '';
  let isOpen = false;

  const elapsed = (): string => {
    const seconds = Math.floor((now() - startedMs) / 1000);
    return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  };
  const close = (): void => {
    if (isOpen) stream.write('\r\u001B[K');
    isOpen = false;
  };

  return {
    begin(what) {
      close();
      lastText = '';
      stream.write(`${elapsed()}  ${what}\n`);
    },
    step(what, done, of) {
      const text = of === undefined ? what : `${what} ${done} of ${of}`;
      if (stream.isTTY) {
        if (what === lastText && now() - lastMs < everyMs) return;
        lastMs = now();
        lastText = what;
        isOpen = true;
        const line = `${elapsed()}    ${text}`;
        stream.write(`\r${line.slice(0, (stream.columns ?? 80) - 1)}\u001B[K`);
      } else if (what !== lastText || now() - lastMs > everyMsInLog) {
        lastMs = now();
        lastText = what;
        stream.write(`${elapsed()}    ${text}\n`);
      }
    },
    note(text) {
      close();
      stream.write(`${elapsed()}    ${text}\n`);
    },
    end: close,
  };
}
