/**
 * Computes a value from an object, once: the value is kept as long as the object. The owner of a memo passes it to the
 * functions that it calls, so that no module keeps anything itself.
 *
 * @param compute a function of a module, not a closure: it must depend on nothing but `key`
 */
export type Memo = <Key extends object, Value>(compute: (key: Key, memo: Memo) => Value, key: Key) => Value;

/**
 * Keeps values by function and object, with weak references: a value is dropped with its object. An error is not kept.
 */
export function createMemo(): Memo {
  const valuesOf = new Map<unknown, WeakMap<object, unknown>>();
  return memo;

  function memo<Key extends object, Value>(compute: (key: Key, memo: Memo) => Value, key: Key): Value {
    let values = valuesOf.get(compute);
    if (values === undefined) {
      values = new WeakMap();
      valuesOf.set(compute, values);
    }
    const known = values.get(key);
    // Only `compute` writes here, so this is its result.
    if (known !== undefined || values.has(key)) return known as Value;
    const value = compute(key, memo);
    values.set(key, value);
    return value;
  }
}

/**
 * Returns the function with its values kept by the owner of a memo and a second object, as long as the owner.
 *
 * @param compute must depend on nothing but these two
 */
export function keptBy<Owner extends { readonly memo: Memo }, Key extends object, Value extends object>(
  compute: (owner: Owner, key: Key) => Value,
): (owner: Owner, key: Key) => Value {
  const none = (_: Owner): WeakMap<Key, Value> => new WeakMap();
  return (owner, key) => {
    const values = owner.memo(none, owner);
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = compute(owner, key);
    values.set(key, value);
    return value;
  };
}

/** For a single computation: keeps nothing. */
export const noMemo: Memo = (compute, key) => compute(key, noMemo);
