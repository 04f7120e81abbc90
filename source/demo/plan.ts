import { batchesFrom, countVerification, type PlannedBatch } from './batch.ts';
import type { Random } from './random.ts';
import { bracketsStory, relationshipsStory } from './stories.ts';
import { brackets, type DemoTable, missingParents, relationships, tables } from './tables.ts';

/** The whole migration, before it starts. */
export interface Plan {
  /** The batches in the order in which workers claim them, without those of the two stories. */
  readonly queue: readonly PlannedBatch[];
  readonly brackets: PlannedBatch;
  readonly relationships: PlannedBatch;
  /** The final count of each table. */
  readonly validations: readonly PlannedBatch[];
}

/** How many tables are migrated at the same time. */
const tablesAtOnce = 7;

/** Creates the migration: the same one for the same random numbers. */
export function createPlan(random: Random): Plan {
  return {
    queue: interleave(tables.map(batchesOf), random),
    brackets: bracketsStory(),
    relationships: relationshipsStory(),
    validations: [brackets, relationships, ...tables].map(countVerification),
  };
}

function batchesOf(table: DemoTable): PlannedBatch[] {
  const batches = batchesFrom(table, 0, 1);
  if (table.target !== 'cases') return batches;
  // These records are missing from its own batches; the story of case_file_relationships adds them.
  return batches.map((batch, index) =>
    index === Math.floor(batches.length / 2) ? { ...batch, records: batch.records - missingParents } : batch,
  );
}

/** Picks batches from the first few tables that have any left, more often from a table with more of them. */
function interleave(lanes: readonly PlannedBatch[][], random: Random): PlannedBatch[] {
  const waiting = lanes.map((lane) => [...lane]);
  const queue: PlannedBatch[] = [];
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
