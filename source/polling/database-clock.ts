/** How many milliseconds the last reading of the database's clock stays valid. */
const validMs = 60_000;

/** Maximum number of milliseconds between the question and the answer. */
const longestAnswerMs = 1000;

/** The database's clock between two polls, in seconds since 1970. */
export interface DatabaseClock {
  /**
   * Notes what the clock has shown. An answer that was long on its way, or waited here, does not say what it shows now: it would be
   * taken for slow, and a write would seem to arrive after its time.
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
