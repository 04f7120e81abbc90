import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type History, playHistory, prepareHistories } from './histories.ts';

/** `MIGTOP_HISTORIES=10000 npx vitest run test/worker/histories.test.ts` plays more; `MIGTOP_SEED` the first one. */
const count = Number(process.env.MIGTOP_HISTORIES ?? 160);
const firstSeed = Number(process.env.MIGTOP_SEED ?? 1);
const atOnce = 6;

let database: TestDatabase;
const histories: History[] = [];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await prepareHistories(database);
  let next = firstSeed;
  const player = async (): Promise<void> => {
    while (next < firstSeed + count) histories.push(await playHistory(database, next++));
  };
  await Promise.all(Array.from({ length: atOnce }, player));
}, 3_600_000);
afterAll(() => database.drop());

it('has every source record in the target exactly once, whatever became of the workers', () => {
  const wrong = histories.filter(
    ({ records, migrated }) => `${migrated}` !== `${Array.from({ length: records }, (_, at) => at + 1)}`,
  );
  expect(wrong).toEqual([]);
});

it('plays what it is about: every past, deaths, and refusals where nothing says what is done', () => {
  if (count < 100) return;
  expect(new Set(histories.map(({ past }) => past)).size).toBe(8);
  expect(histories.reduce((sum, { deaths }) => sum + deaths, 0)).toBeGreaterThan(count / 2);
  const refusals = (past: string) => histories.filter((one) => one.past === past && one.refused.length > 0).length;
  for (const past of ['a whole run of last week', 'a batch that is missing']) {
    expect(refusals(past)).toBe(histories.filter((one) => one.past === past).length);
  }
  for (const past of ['nothing', 'a row a batch', 'ranges', 'ranges with queries']) expect(refusals(past)).toBe(0);
});
