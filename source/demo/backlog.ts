import { type Batch, followers } from './batch.ts';

/** The work that has no row yet, and what is known of the rows that wait for a worker. */
export interface Backlog {
  /** The batch to queue next. */
  first(): Batch | undefined;
  /** Takes the first batch off: it is row `id` now. */
  queuedAs(id: number): void;
  /** The batch behind a row, if the simulation made it. */
  batchOf(id: number): Batch | undefined;
  /** A planned batch has got its row otherwise. */
  started(batch: Batch, id: number): void;
  /** Lets batches be queued, between those that already may. */
  release(batches: readonly Batch[]): void;
  /** Gives a planned batch up with all that its worker would have done after it; what it held back is released. */
  drop(batch: Batch): void;
  /** Whether every batch has a row. */
  isEmpty(): boolean;
  /** The tables none of whose planned batches is still without a row. */
  emptyTables(): string[];
}

/**
 * @param queue what can be queued at once
 * @param underway what workers are in the middle of, for what follows from it
 * @param tables every table, also those that are done
 */
export function createBacklog(queue: readonly Batch[], underway: readonly Batch[], tables: readonly string[]): Backlog {
  let waiting = [...queue];
  const rows = new Map<number, Batch>();
  const planned = new Map(tables.map((table) => [table, 0]));
  for (const batch of [...queue, ...[...queue, ...underway].flatMap(followers)]) count(batch, 1);

  function count(batch: Batch, change: number): void {
    if (batch.phase === 'execution') planned.set(batch.table, (planned.get(batch.table) ?? 0) + change);
  }

  function started(batch: Batch, id: number): void {
    rows.set(id, batch);
    count(batch, -1);
  }

  function release(batches: readonly Batch[]): void {
    const shuffled: Batch[] = [];
    for (let index = 0; index < Math.max(batches.length, waiting.length); index++) {
      shuffled.push(...[batches[index], waiting[index]].filter((batch) => batch !== undefined));
    }
    waiting = shuffled;
  }

  function drop(batch: Batch): void {
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
