import { followers, type PlannedBatch } from './batch.ts';

/** The planned batches that have no row yet, and the batch of each row that the simulation inserted. */
export interface Backlog {
  /** The next batch to insert as a pending row. */
  first(): PlannedBatch | undefined;
  /** Removes the first batch: it is now row `id`. */
  queuedAs(id: number): void;
  /** The batch of a row, if the simulation inserted it. */
  batchOf(id: number): PlannedBatch | undefined;
  /** Records that a worker started a planned batch itself as row `id`. */
  started(batch: PlannedBatch, id: number): void;
  /** Adds batches to the queue, alternating with those already there. */
  release(batches: readonly PlannedBatch[]): void;
  /** Drops a planned batch and the batches that its worker would do after it; queues the batches that it releases. */
  drop(batch: PlannedBatch): void;
  /** Whether every batch has a row. */
  isEmpty(): boolean;
  /** The tables whose planned batches all have a row. */
  emptyTables(): string[];
}

/**
 * @param queue the batches that can be queued now
 * @param underway the batches that workers are doing, for the batches that follow them
 * @param tables all tables, including finished ones
 */
export function createBacklog(
  queue: readonly PlannedBatch[],
  underway: readonly PlannedBatch[],
  tables: readonly string[],
): Backlog {
  let waiting = [...queue];
  const rows = new Map<number, PlannedBatch>();
  const planned = new Map(tables.map((table) => [table, 0]));
  for (const batch of [...queue, ...[...queue, ...underway].flatMap(followers)]) count(batch, 1);

  function count(batch: PlannedBatch, change: number): void {
    if (batch.phase === 'execution') planned.set(batch.table, (planned.get(batch.table) ?? 0) + change);
  }

  function started(batch: PlannedBatch, id: number): void {
    rows.set(id, batch);
    count(batch, -1);
  }

  function release(batches: readonly PlannedBatch[]): void {
    const shuffled: PlannedBatch[] = [];
    for (let index = 0; index < Math.max(batches.length, waiting.length); index++) {
      shuffled.push(...[batches[index], waiting[index]].filter((batch) => batch !== undefined));
    }
    waiting = shuffled;
  }

  function drop(batch: PlannedBatch): void {
    count(batch, -1);
    release(batch.releases ?? []);
    for (const follower of [batch.next?.batch, batch.repair?.batch]) if (follower) drop(follower);
  }

  return {
    first: () => waiting[0],
    queuedAs(id) {
      const batch = waiting.shift();
      if (batch) started(batch, id);
    },
    batchOf: (id) => rows.get(id),
    started,
    release,
    drop,
    isEmpty: () => [...planned.values()].every((left) => left === 0),
    emptyTables: () => [...planned].filter(([, left]) => left === 0).map(([table]) => table),
  };
}
