import { keyStart } from '../domain/bulk-key.ts';

/** The keys of the actions of this program: by them the audit shows which actions are those of other sessions. */
export interface OwnKeys {
  /** Adds a key. Returns it. */
  add(key: string): string;
  has(key: string): boolean;
  /** The first characters of the keys (`keyStart`). */
  starts(): readonly string[];
}

/** How many actions are remembered: more than can be undone. */
const mostKept = 1000;

/** Keeps the starts of at most `mostKept` keys and drops the oldest one first; keys with one start count as one. */
export function createOwnKeys(): OwnKeys {
  const own = new Set<string>();
  return {
    add(key) {
      own.add(keyStart(key));
      const [oldest] = own;
      if (own.size > mostKept && oldest !== undefined) own.delete(oldest);
      return key;
    },
    has: (key) => own.has(keyStart(key)),
    starts: () => [...own],
  };
}
