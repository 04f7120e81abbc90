/** The key of an action of a batch: a UUID of version 8, which begins like those of the batch's other actions. */
const ofBatch = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[\da-f]{4}-/;

/**
 * The part of a key that all actions of one action on many share; null for the key of a single action. The last 12 digits count
 * the keys. In the local audit, `KEY/N` is the action number N of one chunk of an action on many.
 */
export function batchOf(key: string | null): string | null {
  if (key === null) return null;
  const [common] = ofBatch.exec(key) ?? [];
  const [chunk = '', number] = key.split('/');
  return common ?? (number === undefined ? null : chunk);
}

/** The first 24 characters of a key: only the actions of one action on many share them (sql/queries/last-actors.sql). */
export function keyStart(key: string): string {
  return key.slice(0, 24);
}
