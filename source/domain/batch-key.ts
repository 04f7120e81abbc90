/** The key of an action of a batch: a UUID of version 8, which begins like those of the batch's other actions. */
const ofBatch = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[\da-f]{4}-/;

/**
 * What the keys of all actions of one batch have in common; null for the key of a single action. The last 12 digits count the
 * keys of the batch. In the local audit, `KEY/N` is the action number N of a chunk of a batch.
 */
export function batchOf(key: string | null): string | null {
  if (key === null) return null;
  const [common] = ofBatch.exec(key) ?? [];
  const [chunk = '', number] = key.split('/');
  return common ?? (number === undefined ? null : chunk);
}

/** What a key begins with: the same for all actions of a batch, and of no other action (sql/queries/last-actors.sql). */
export function keyStart(key: string): string {
  return key.slice(0, 24);
}
