import { dirname } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { openDatabase } from '../../source/demo/data-directory.ts';
import { createSimulation, type Simulation } from '../../source/demo/simulation.ts';
import schema from '../../sql/migration_control.sql';
import { builtProgram } from '../support/program.ts';

/** The columns of the control table that these tests read. */
export interface Row {
  id: number;
  status: string;
  records_processed: number;
  worker_id: number | null;
}

/** One PGlite per test file, with an empty control table before each test. */
export function simulatedDatabase() {
  let db: PGlite;
  beforeAll(async () => {
    // From the data directory that the build has made: creating one takes three seconds.
    db = await openDatabase(dirname(await builtProgram()));
  });
  afterAll(() => db.close());
  async function createTable(): Promise<void> {
    await db.exec('DROP TABLE IF EXISTS migration_control');
    await db.exec(schema);
  }
  beforeEach(createTable);

  async function rows<Found = Row>(text: string, values: unknown[] = []): Promise<Found[]> {
    return (await db.query<Found>(text, values)).rows;
  }

  return {
    rows,
    createTable,
    /** Runs a file of statements, like psql -f. */
    exec: (text: string) => db.exec(text),
    begin: ({ seed = 1, rogue = false } = {}): Promise<Simulation> =>
      createSimulation((text, values) => rows(text, values), { seed, rogue }),
  };
}

/** Advances the simulation second by second until a condition is true. */
export async function until(
  simulation: Simulation,
  condition: () => Promise<boolean> | boolean,
  limit = 2_000,
): Promise<number> {
  for (let second = 0; second < limit; second++) {
    if (await condition()) return second;
    await simulation.advance(1);
  }
  throw new Error(`It did not happen within ${limit} s of the simulation.`);
}
