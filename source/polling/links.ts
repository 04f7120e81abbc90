/** Which keys belong together, by what was joined: a union-find structure. */
export interface Links {
  /** Whether a key was ever joined with another one. */
  has(key: string): boolean;
  /** The key of the group of a key: itself if it was never joined. */
  find(key: string): string;
  /** Makes one group of the groups of two keys: returns its key, and the one that is none any more; null if they are the same. */
  join(one: string, other: string): readonly [into: string, from: string] | null;
}

export function createLinks(): Links {
  const parents = new Map<string, string>();
  function find(key: string): string {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
      root = parent;
    if (root !== key) parents.set(key, root);
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
