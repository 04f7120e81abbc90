import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type History, playHistory, prepareStage, type Stage } from './histories.ts';
import { isRanges, pasts } from './pasts.ts';

/**
 * Two histories of each past. `MIGTOP_HISTORIES=10000 npx vitest run test/worker/histories.test.ts` plays more; `MIGTOP_SEED` is the first seed. With
 * `MIGTOP_CHANCES=50095` all are that history: a failure that needs a race shows itself once in some dozens.
 */
const count = Number(process.env.MIGTOP_HISTORIES ?? 2 * pasts.length);
const firstSeed = Number(process.env.MIGTOP_SEED ?? 1);
const chances = process.env.MIGTOP_CHANCES === undefined ? undefined : Number(process.env.MIGTOP_CHANCES);
const atOnce = Number(process.env.MIGTOP_AT_ONCE ?? 12);

let database: TestDatabase;
const stages: Stage[] = [];
const histories: History[] = [];
const errors: string[] = [];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  for (let at = 0; at < atOnce; at++) stages.push(await prepareStage(database, at === 0));
  let next = firstSeed;
  const player = async (stage: Stage): Promise<void> => {
    while (next < firstSeed + count) {
      const seed = next++;
      try {
        histories.push(await playHistory(stage, seed, chances));
      } catch (error) {
        errors.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
        process.stderr.write(`${errors.at(-1)}\n`);
      }
      // So that the ten-thousandth history takes as long as the first.
      if (seed % 100 === 0) await clear();
      if (seed % 500 === 0) process.stderr.write(`history ${seed}\n`);
    }
  };
  await Promise.all(stages.map(player));
}, 7_200_000);

afterAll(async () => {
  for (const { program } of stages) await program.close();
  await database.drop();
});

/** Deletes the rows of histories that have ended. */
async function clear(): Promise<void> {
  const ended = histories.map(({ seed }) => seed);
  await database.query('DELETE FROM migration_control WHERE table_name = ANY ($1)', [
    ended.map((seed) => `table ${seed}`),
  ]);
  await database.query('DELETE FROM target WHERE history = ANY ($1)', [ended]);
  await database.query('VACUUM migration_control');
  await database.query('VACUUM target');
}

it('ends each history: a refusal names an option that works', () => {
  expect(errors).toEqual([]);
});

it('migrates every record exactly once, whatever happens to the workers', () => {
  const wrong = histories.filter(({ isRight }) => !isRight);
  expect(wrong).toEqual([]);
});

it('covers every past, and kills, pauses, retries and refusals', () => {
  if (count < 2 * pasts.length || chances !== undefined) return;
  const sumOf = (figure: 'deaths' | 'pauses' | 'retries') => histories.reduce((sum, one) => sum + one[figure], 0);
  expect(new Set(histories.map(({ past }) => past))).toEqual(new Set(pasts));
  // How many there are depends on the machine's speed: about 27 retries in 76 histories.
  for (const figure of ['deaths', 'pauses', 'retries'] as const) expect(sumOf(figure)).toBeGreaterThan(count / 20);
  const remedies = new Set(histories.flatMap(({ refused }) => refused.map(({ remedy }) => remedy)));
  expect([...remedies].sort()).toEqual(['counting', 'offset', 'since']);
  const isRefused = ({ refused }: History): boolean => refused.length > 0;
  const refusing = [
    'a whole run of last week',
    'a batch that is missing',
    'a row without a counter',
    'parts that workers started one by one',
  ];
  for (const past of refusing) {
    expect(histories.filter((one) => one.past === past).every(isRefused), past).toBe(true);
  }
  const sure = ['nothing', 'a row a batch', 'another run of this library', 'an unfinished run of this library'];
  const rightly = histories.filter(
    ({ past }) => sure.includes(past) || (isRanges(past) && !past.includes('last week')),
  );
  expect(rightly.filter(isRefused)).toEqual([]);
});
