/** How many milliseconds the last reading of the database's clock stays valid. */
const validMs = 60_000;

/** Maximum number of milliseconds between the question and the answer. */
const longestAnswerMs = 1000;

/** The database's clock between two polls, in seconds since 1970. */
export interface DatabaseClock {
  /**
   * Notes what the clock has shown, unless the answer took long: then the time of now is not known. A clock that was assumed too early
   * would make the server refuse writes as too late.
   *
   * @param askedMs when it was asked, on this machine's monotonic clock: not after it showed that
   */
  read(at: number, askedMs: number): void;
  /** Null if the last reading is too old, or there is none. */
  now(): number | null;
}

export function createDatabaseClock(): DatabaseClock {
  let last: { readonly at: number; readonly ms: number } | null = null;
  return {
    read(at, askedMs) {
      const ms = performance.now();
      if (ms - askedMs <= longestAnswerMs) last = { at, ms };
    },
    now() {
      if (last === null) return null;
      const sinceMs = performance.now() - last.ms;
      return sinceMs < validMs ? last.at + sinceMs / 1000 : null;
    },
  };
}
