import { expect, it } from 'vitest';
import { readSql } from '../support/database.ts';

/** The common table expressions of a report, by name. They begin at the left margin, and end with `)` there. */
function expressionsOf(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^(?:WITH RECURSIVE )?(\w+)(?: \([^)]*\))? AS (?:MATERIALIZED )?\(\n([\s\S]*?)^\)/gm);
  return new Map([...found].map(([, name = '', body = '']) => [name, body]));
}

/** These have other columns in each report; `scanned` is a part of `figures`. */
const own = ['scanned', 'figures'];

// Each report stays one statement that psql runs as it is, so the rule of counting is in both.
it('the two reports that count tables decide by the same expressions how a table counts', async () => {
  const status = expressionsOf(await readSql('reports/table-status.sql'));
  const performance = expressionsOf(await readSql('reports/performance.sql'));
  const shared = [...status.keys()].filter((name) => performance.has(name) && !own.includes(name));
  expect(shared.length).toBeGreaterThan(20);
  expect(Object.fromEntries(shared.map((name) => [name, performance.get(name)]))).toEqual(
    Object.fromEntries(shared.map((name) => [name, status.get(name)])),
  );
  // Neither report has another expression before the last shared one, which decides.
  const last = shared.at(-1) ?? '';
  const [before, same] = [status, performance].map((report) =>
    [...report.keys()].filter((name) => !own.includes(name)),
  );
  expect(same?.slice(0, same.indexOf(last))).toEqual(before?.slice(0, before.indexOf(last)));
});
