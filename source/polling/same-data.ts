/** The value from before if it is equal to the new one, so that nothing is computed from it again; both are plain data. */
export function sameIfEqual<T>(before: T | null, made: T): T {
  return before !== null && isSameData(before, made) ? before : made;
}

function isSameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && isSameList(a, b);
  if (!isRecord(a) || !isRecord(b)) return false;
  let fields = 0;
  for (const name in a) {
    if (!(name in b) || !isSameData(a[name], b[name])) return false;
    fields++;
  }
  for (const _ in b) fields--;
  return fields === 0;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  // Without a function for each list: this is asked of many at each poll.
  for (let index = 0; index < a.length; index++) if (!isSameData(a[index], b[index])) return false;
  return true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
