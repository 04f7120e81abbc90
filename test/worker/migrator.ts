import type { Batch, Queryable } from '../../source/worker/index.ts';

/** Migrates a table of that many records in batches, and records the arguments of each call. */
export function migrator(total: number, meddle: (batch: Batch<string, Queryable>) => Promise<void> = async () => {}) {
  const asked: { offset: number; limit: number; lastKey: string | undefined; attempt: number }[] = [];
  return {
    asked,
    offsets: () => asked.map(({ offset }) => offset),
    async migrateBatch(batch: Batch<string, Queryable>) {
      const { offset, limit, lastKey, attempt } = batch;
      asked.push({ offset, limit, lastKey, attempt });
      await meddle(batch);
      const records = Math.min(limit, total - offset);
      return { records, lastKey: `key ${offset + records}` };
    },
  };
}
