/** How many milliseconds the last reading of the database's clock stays valid. */
const validMs = 60_000;

/** The database's clock between two polls, in seconds since 1970. */
export interface DatabaseClock {
  /** Notes what the clock shows now. */
  read(at: number): void;
  /** Null if the last reading is too old, or there is none. */
  now(): number | null;
}

export function createDatabaseClock(): DatabaseClock {
  let last: { readonly at: number; readonly ms: number } | null = null;
  return {
    read(at) {
      last = { at, ms: performance.now() };
    },
    now() {
      if (last === null) return null;
      const sinceMs = performance.now() - last.ms;
      return sinceMs < validMs ? last.at + sinceMs / 1000 : null;
    },
  };
}
