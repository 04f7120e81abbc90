/** Which keys belong together, by what was joined: a union-find structure. */
export interface Links<Key> {
  /** Whether a key was ever joined with another one. */
  has(key: Key): boolean;
  /** The key of the group of a key: itself if it was never joined. */
  find(key: Key): Key;
  /** Makes one group of the groups of two keys: returns its key, and the one that is none any more; null if they are the same. */
  join(one: Key, other: Key): readonly [into: Key, from: Key] | null;
}

/** Begins with each key in a separate group. Groups can be joined, but never divided again. */
export function createLinks<Key extends string | number>(): Links<Key> {
  const parents = new Map<Key, Key>();
  function find(key: Key): Key {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
      root = parent;
    // A chain of thousands is passed once.
    for (let passed = key; passed !== root; ) {
      const next = parents.get(passed) ?? root;
      parents.set(passed, root);
      passed = next;
    }
    return root;
  }
  return {
    has: (key) => parents.has(key),
    find,
    join(one, other) {
      const [into, from] = [find(one), find(other)];
      parents.set(into, into).set(from, into);
      return into === from ? null : [into, from];
    },
  };
}
