import type { TerminalAnswer } from './readings.ts';

/** The query for the background colour, and its answer. */
export interface Background {
  /** Asks, the first time that it is called. */
  ask(): void;
  /** Takes what the terminal answered to anything. */
  take(answer: TerminalAnswer): void;
  /** Resolves when no answer can be on its way any more, within `patienceMs`: the next program would take it for keys. */
  settled(): Promise<void>;
  /** Whether `settled` is waiting: what is typed then is ignored. */
  isSettling(): boolean;
}

/**
 * OSC 11 with a question mark, then the question for the device attributes: every terminal answers that one, in order, so
 * that after its answer none to the first comes.
 */
const question = '\u001B]11;?\u0007\u001B[c';
/** How long an answer counts: one that comes later is dropped as any other. */
const validMs = 1000;
/** After this time no answer is expected any more. */
const longestMs = 10_000;
/** How long leaving waits for an answer. */
const patienceMs = 200;

/**
 * @param write writes to the terminal
 * @param found is called once with whether the background is light, if the terminal answers in time
 */
export function createBackground(write: (bytes: string) => void, found: (isLight: boolean) => void): Background {
  let askedMs: number | null = null;
  let isOpen = false;
  /** Whether the terminal has answered all, or has had its time. */
  let isAnswered = true;
  let isSettling = false;
  let answered: () => void = () => {};

  function end(): void {
    isOpen = false;
    isAnswered = true;
    answered();
  }

  return {
    ask() {
      if (askedMs !== null) return;
      askedMs = performance.now();
      isOpen = true;
      isAnswered = false;
      setTimeout(() => {
        isOpen = false;
      }, validMs).unref();
      setTimeout(end, longestMs).unref();
      write(question);
    },
    take(answer) {
      if (isAnswered) return;
      if (answer.kind === 'attributes') end();
      if (!isOpen) return;
      const isLight = answer.kind === 'string' ? isLightBackground(answer.text) : null;
      if (isLight !== null) found(isLight);
    },
    async settled() {
      if (isAnswered) return;
      isSettling = true;
      await new Promise<void>((resolve) => {
        answered = resolve;
        setTimeout(resolve, patienceMs);
      });
      isSettling = false;
    },
    isSettling: () => isSettling,
  };
}

/** Whether the answer to OSC 11 is a light colour; null where it is none (xterm's XParseColor forms). */
export function isLightBackground(text: string): boolean | null {
  const parts = /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?$/i.exec(text)?.slice(1);
  const short = /^11;#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text)?.slice(1);
  const hex = parts ?? short;
  if (hex === undefined) return null;
  const [red = 0, green = 0, blue = 0] = hex.map((digits) => Number.parseInt(digits, 16) / (16 ** digits.length - 1));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
}

/** Terminals that do not know control strings, and would show the question. */
const simple = /^(?:|dumb|linux|cons25.*|eterm.*|emacs.*|sun.*|ansi.*|vt\d.*)$/;

/** Whether it is safe to ask this terminal. */
export function mayAsk(env: Readonly<Record<string, string | undefined>>): boolean {
  return !simple.test(env.TERM ?? '');
}
