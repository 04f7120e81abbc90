import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ControlTableError } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { workerOf } from './table.ts';

describe.each(['numeric', 'float8'])('a checkpoint with %s counters', (type) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(`
      ALTER TABLE migration_control
        ALTER records_processed TYPE ${type}, ALTER total_records TYPE ${type}, ALTER batch_size TYPE ${type}`);
  });
  afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
  afterAll(() => database?.drop());

  const insert = (counter: string, minutes: number) =>
    database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
        started_at, completed_at)
      VALUES ('execution', 'brackets', 'batch', 'completed', ${counter}, 1000, 100,
        localtimestamp - interval '${minutes} minutes', localtimestamp - interval '${minutes - 1} minutes')`);

  it('is the sum of the rows', async () => {
    await insert('100', 9);
    await insert('100', 7);
    const { control } = await workerOf(database, 7);
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(200);
  });

  it.each(["'NaN'", "'Infinity'", '1e308', '0.5', '-1e308'])('is not guessed if a counter is %s', async (counter) => {
    await insert('100', 9);
    await insert(counter, 7);
    await insert('100', 5);
    const { control } = await workerOf(database, 7);
    const found = await control.resumeFromLastCheckpoint('brackets').catch((error: unknown) => error);
    expect(found).toBeInstanceOf(ControlTableError);
    expect(String(found)).toMatch(/Operation 2 cannot be read: its records_processed is /);
    // Without that row.
    expect(await control.resumeFromLastCheckpoint('brackets', { since: 3 })).toBe(100);
  });
});
