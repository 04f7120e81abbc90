/** Says on standard error what runs now; on a terminal in one line that is written over. */
export interface Progress {
  /** What begins: a figure, or the filling of a table. */
  begin(what: string): void;
  /** What is being done of it, and how far it is. */
  step(what: string, done?: number, of?: number): void;
  /** A line that stays. */
  note(text: string): void;
  end(): void;
}

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
        // In a log a kind of step is told when it begins, and then now and then, and not each of its thousand.
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
