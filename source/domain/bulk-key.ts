/** The key of one row of an action on many: a UUID of version 8, which begins like those of its other actions. */
const ofBulk = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[\da-f]{4}-/;

/**
 * The part of a key that all rows of one action on many share; null for the key of a single action. The last 12 digits count
 * the keys. In the local audit, `KEY/N` is the action number N of one chunk of an action on many.
 */
export function bulkOf(key: string | null): string | null {
  if (key === null) return null;
  const [common] = ofBulk.exec(key) ?? [];
  const [chunk = '', number] = key.split('/');
  return common ?? (number === undefined ? null : chunk);
}

/** The first 24 characters of a key: only the rows of one action on many share them (sql/queries/last-actors.sql). */
export function keyStart(key: string): string {
  return key.slice(0, 24);
}
