import { expect, it } from 'vitest';
import { insertBatches, storedRows } from '../support/bulk.ts';
import { createDatabase, readSql } from '../support/database.ts';
import { runProgram } from '../support/program.ts';
import { type Plan, startProxyOf } from '../support/wire-proxy.ts';

/** Pauses three operations over a connection of which an answer is changed as planned. */
async function pauseUnder(plan: Plan, install: string | null) {
  await using database = await createDatabase({ schema: true });
  if (install !== null) await database.query(await readSql(install));
  await insertBatches(database, 3, 'running');
  const { proxy, url } = await startProxyOf(database.url);
  try {
    proxy.arm('migtop action', plan);
    const { code, stdout, stderr } = await runProgram(['pause', '--where', 'status:running', '--json', '--url', url]);
    const { operations } = JSON.parse(stdout) as { operations: { outcome: string }[] };
    return {
      code,
      stderr,
      told: operations.map(({ outcome }) => outcome),
      statuses: (await storedRows(database)).map(({ status }) => status),
    };
  } finally {
    await proxy.close();
  }
}

const lookedUp = 'migtop: the connection was lost: looking up whether 3 operations were changed\n';

it.each([null, 'options/audit.sql'])('a pause whose answer was lost is looked up (%s)', async (install) => {
  // The server has ended the transaction.
  expect(await pauseUnder({ at: 'end', what: 'cut before' }, install)).toEqual({
    code: 0,
    stderr: lookedUp,
    told: ['applied', 'applied', 'applied'],
    statuses: ['paused', 'paused', 'paused'],
  });
});

it.each([null, 'options/audit.sql'])('a pause that did not arrive is told not applied (%s)', async (install) => {
  expect(await pauseUnder({ at: 0, what: 'cut before' }, install)).toEqual({
    code: 3,
    stderr: lookedUp,
    told: ['not applied', 'not applied', 'not applied'],
    statuses: ['running', 'running', 'running'],
  });
});
