import { expect, it } from 'vitest';
import { parameters } from '../../source/database/parameters.ts';
import { parameters as ofWorker } from '../../source/worker/parameters.ts';
import { readSql } from '../support/database.ts';

const all = [
  ...Object.entries(parameters),
  ...Object.entries(ofWorker).map(([name, names]) => [`worker/${name}`, names] as const),
];

it.each(all)('%s.sql has a parameter for each name', async (name, names) => {
  const text = (await readSql(`queries/${name}.sql`)).replace(/--.*$/gm, '');
  const used = new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  expect([...used].sort((left, right) => left - right)).toEqual(names.map((_, index) => index + 1));
  expect(new Set(names).size).toBe(names.length);
});
