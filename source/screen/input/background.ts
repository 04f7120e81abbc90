import type { TerminalAnswer } from './readings.ts';

/** Asks the terminal for its background colour. */
export interface Background {
  /** Sends the question; only the first call does so. */
  ask(): void;
  /** Receives each answer of the terminal, to this question or another. */
  take(answer: TerminalAnswer): void;
  /** Waits for an answer that may still arrive, for a maximum of `patienceMs`: the next program would read it as keys. */
  settled(): Promise<void>;
  /** Whether `settled` is waiting: keys are ignored then. */
  isSettling(): boolean;
}

/**
 * Asks for the background colour (OSC 11), then for the device attributes. Every terminal answers the second question, and
 * answers in order: after that answer, none to the first one can arrive.
 */
const question = '\u001B]11;?\u0007\u001B[c';
/** How long an answer is used; a later one is ignored. */
const validMs = 1000;
/** How long an answer may take at most. */
const longestMs = 10_000;
/** How long quitting waits for an answer. */
const patienceMs = 200;

/**
 * @param write writes to the terminal
 * @param found is called once with whether the background is light, if the answer arrives in time
 */
export function createBackground(write: (bytes: string) => void, found: (isLight: boolean) => void): Background {
  let askedMs: number | null = null;
  let isOpen = false;
  /** Whether no answer is expected. */
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

/** Whether the answer to OSC 11 is a light colour, in the forms of XParseColor; null if it is no colour. */
export function isLightBackground(text: string): boolean | null {
  const parts = /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?$/i.exec(text)?.slice(1);
  const short = /^11;#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text)?.slice(1);
  const hex = parts ?? short;
  if (hex === undefined) return null;
  const [red = 0, green = 0, blue = 0] = hex.map((digits) => Number.parseInt(digits, 16) / (16 ** digits.length - 1));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
}

/** Terminals that do not know control strings: they would print the question. */
const simple = /^(?:|dumb|linux|cons25.*|eterm.*|emacs.*|sun.*|ansi.*|vt\d.*)$/;

/** Whether this terminal may be asked. */
export function mayAsk(env: Readonly<Record<string, string | undefined>>): boolean {
  return !simple.test(env.TERM ?? '');
}
