/** How many milliseconds the last reading of the database's clock stays valid. */
const validMs = 60_000;

/** Maximum number of milliseconds between the question and the answer. */
const longestAnswerMs = 1000;

/** By how many seconds the two clocks may differ between two polls, and by which share of that time. */
const mostDifference = 1;
const mostDrift = 0.001;

/** The database's clock between two polls, in seconds since 1970. */
export interface DatabaseClock {
  /**
   * Notes what the clock has shown, unless the answer took long: then the time of now is not known. A clock that was assumed too early
   * would make the server refuse writes as too late.
   *
   * @param askedMs when it was asked, on this machine's monotonic clock: not after it showed that
   * @returns whether it was changed since the reading before, or belongs to another server: it shows more or less time than has passed
   */
  read(at: number, askedMs: number): boolean;
  /** Null if the last reading is too old, or there is none. */
  now(): number | null;
}

/**
 * Has no time before the first reading. `now` adds the time that passed here since the last valid reading, for at most
 * `validMs`.
 */
export function createDatabaseClock(): DatabaseClock {
  let last: { readonly at: number; readonly ms: number } | null = null;
  let before: Reading | null = null;
  return {
    read(at, askedMs) {
      const ms = performance.now();
      const isChanged = before !== null && isStep(before, { at, askedMs, ms });
      before = { at, askedMs, ms };
      // Until the next answer is quick, only a wrong time is known.
      if (isChanged) last = null;
      if (ms - askedMs <= longestAnswerMs) last = { at, ms };
      return isChanged;
    },
    now() {
      if (last === null) return null;
      const sinceMs = performance.now() - last.ms;
      return sinceMs < validMs ? last.at + sinceMs / 1000 : null;
    },
  };
}

interface Reading {
  readonly at: number;
  readonly askedMs: number;
  readonly ms: number;
}

/** The clock was read at some moment between the question and the answer. */
function isStep(before: Reading, now: Reading): boolean {
  const [least, most] = [(now.askedMs - before.ms) / 1000, (now.ms - before.askedMs) / 1000];
  const tolerance = mostDifference + most * mostDrift;
  const passed = now.at - before.at;
  return passed > most + tolerance || passed < least - tolerance;
}
