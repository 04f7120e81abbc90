import { type Batch, batchesFrom, countVerification } from './batch.ts';
import type { Random } from './random.ts';
import { bracketsStory, relationshipsStory } from './stories.ts';
import { brackets, type DemoTable, missingParents, relationships, tables } from './tables.ts';

/** The whole migration before any of it is done. */
export interface Plan {
  /** The batches in the order in which workers take them. The two stories are not among them. */
  readonly queue: readonly Batch[];
  readonly brackets: Batch;
  readonly relationships: Batch;
  /** One a table: the count that ends it. */
  readonly validations: readonly Batch[];
}

/** So many tables are copied at the same time. */
const tablesAtOnce = 7;

/** Puts the migration together, the same one for the same random numbers. */
export function createPlan(random: Random): Plan {
  return {
    queue: interleave(tables.map(batchesOf), random),
    brackets: bracketsStory(),
    relationships: relationshipsStory(),
    validations: [brackets, relationships, ...tables].map(countVerification),
  };
}

function batchesOf(table: DemoTable): Batch[] {
  const batches = batchesFrom(table, 0, 1);
  if (table.target !== 'cases') return batches;
  // The records that its own batches miss: with them, and only with them, the table comes out complete.
  return batches.map((batch, index) =>
    index === Math.floor(batches.length / 2) ? { ...batch, records: batch.records - missingParents } : batch,
  );
}

/** Takes batches from the first few tables that have any left, more often from the one with more. */
function interleave(lanes: readonly Batch[][], random: Random): Batch[] {
  const waiting = lanes.map((lane) => [...lane]);
  const queue: Batch[] = [];
  for (;;) {
    const open = waiting.filter((lane) => lane.length > 0).slice(0, tablesAtOnce);
    let ticket = random() * open.reduce((left, lane) => left + lane.length, 0);
    const lane = open.find((one) => {
      ticket -= one.length;
      return ticket < 0;
    });
    const batch = lane?.shift();
    if (batch === undefined) return queue;
    queue.push(batch);
  }
}
