import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const names = readdirSync(new URL('../../sql/queries/worker/', import.meta.url)).filter((name) =>
  name.endsWith('.sql'),
);

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterAll(() => database.drop());

it.each(names)('%s is one statement that psql accepts unchanged', async (name) => {
  const client = await database.connect();
  await expect(client.query(`PREPARE it AS ${await readSql(`queries/worker/${name}`)}`)).resolves.toBeDefined();
});
