import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { socketOf } from '../support/pg-client.ts';
import { compiledDemo, value } from './compiled-demo.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;
const onUnix = process.platform !== 'win32';

const messages: string[] = [];
const { folders, demo, start, connect } = compiledDemo({ onProgress: (message) => messages.push(message) });

/** Disconnects a client without a Terminate message. */
function destroy(client: pg.Client): void {
  socketOf(client).destroy();
}

test('reports its progress until it is ready', () => {
  expect(messages).toEqual(['starting PostgreSQL', 'creating the schema', 'filling in the last hour']);
});

test('serves several clients at once', async () => {
  const many = await Promise.all(Array.from({ length: 10 }, () => connect()));
  const answers = await Promise.all(
    many.map(async (client, index) => {
      const own: unknown[] = [];
      for (const word of ['a', 'b', 'c']) {
        const { rows } = await client.query('SELECT $1::int AS index, $2::text AS word', [index, word]);
        own.push(...rows);
      }
      return own;
    }),
  );
  expect(answers).toEqual(many.map((_, index) => ['a', 'b', 'c'].map((word) => ({ index, word }))));
  await Promise.all(many.map((client) => client.end()));
});

test('has an hour of history, and continues', async () => {
  const client = await connect();
  expect(
    Number(await value(client, "SELECT count(*) FROM migration_control WHERE status = 'completed'")),
  ).toBeGreaterThan(300);
  expect(
    await value(
      client,
      'SELECT bool_and(started_at <= localtimestamp AND coalesce(completed_at <= localtimestamp, true)) FROM migration_control',
    ),
  ).toBe(true);
  const moved = () => value(client, 'SELECT sum(records_processed)::float8 FROM migration_control');
  const before = await moved();
  await expect.poll(moved, { timeout: 30_000 }).not.toBe(before);
  await client.end();
});

test.skipIf(!hasPsql || !onUnix)('psql connects with the demo’s command', async () => {
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `${demo().psql} -Atc '\\d migration_control' -c 'SELECT 41 + 1'`,
  ]);
  expect(stdout).toContain('records_processed');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('42');
});

test.each(['SELECT 1', 'SELECT nonsense'])(
  'a client that disconnects in a transaction, after %s, loses only its own work',
  async (sql) => {
    const other = await connect();
    const client = await connect();
    await client.query('BEGIN');
    await client.query(
      "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('rollback', 'ghost', 'x', 'paused')",
    );
    await client.query(sql).catch(() => {});
    // It has to wait: in PGlite's only session it would run inside the transaction.
    const count = value(other, "SELECT count(*) FROM migration_control WHERE table_name = 'ghost'");
    destroy(client);
    expect(await count).toBe('0');
    await other.end();
  },
  // Long before the demo would terminate the idle transaction.
  15_000,
);

test('an error of one client does not affect another', async () => {
  const [one, other] = [await connect(), await connect()];
  const outcomes = await Promise.allSettled([one.query('SELEC $1', [1]), other.query('SELECT $1::int', [1])]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
  expect(await value(one, 'SELECT 2')).toBe(2);
  await Promise.all([one.end(), other.end()]);
});

test('prepared statements of the same name do not collide', async () => {
  const [one, other] = [await connect(), await connect()];
  const ask = async (client: pg.Client, text: string) => (await client.query({ name: 'same', text })).rows;
  expect(await ask(one, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  expect(await ask(other, 'SELECT 2 AS b')).toEqual([{ b: 2 }]);
  expect(await ask(one, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  await Promise.all([one.end(), other.end()]);
});

test('COPY FROM STDIN, which would end PGlite, is refused', async () => {
  const client = await connect();
  await expect(client.query('COPY migration_control FROM STDIN')).rejects.toThrow('cannot COPY FROM STDIN');
  expect(await value(client, 'SELECT 1')).toBe(1);
  await client.end();
});

test('a client that makes the shared session read-only does not stop the migration', async () => {
  const client = await connect();
  await client.query('SET default_transaction_read_only = on');
  const moved = () => value(client, 'SELECT sum(records_processed)::float8 FROM migration_control');
  const before = await moved();
  await expect.poll(moved, { timeout: 30_000 }).not.toBe(before);
  await client.end();
});

test.skipIf(!onUnix)('only this user can enter the directory of the socket', async () => {
  expect((await stat(demo().connection.host)).mode & 0o777).toBe(0o700);
  expect(await readdir(demo().connection.host)).toEqual(['.s.PGSQL.5432']);
});

test.skipIf(!onUnix)('process.exit() leaves no files', async () => {
  const [script, host] = ['exits.mjs', 'listens.mjs'].map((name) => join(folders().compiled, name)) as [string, string];
  // A server without PostgreSQL: only the thread and its socket matter.
  await writeFile(
    host,
    `import { createServer } from 'node:net';
     import { parentPort, workerData } from 'node:worker_threads';
     createServer().listen(workerData.listen, () => parentPort.postMessage({ kind: 'ready', port: 0 }));`,
  );
  await writeFile(
    script,
    `import { existsSync } from 'node:fs';
     import { startDemo } from './start-demo.mjs';
     const demo = await startDemo({ onProgress: () => {}, hostUrl: new URL('listens.mjs', import.meta.url), directory: ${JSON.stringify(folders().sockets)} });
     const { host } = demo.connection;
     process.stdout.write(JSON.stringify([host, existsSync(host + '/.s.PGSQL.5432')]), () => process.exit(0));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const [directory, wasListening] = JSON.parse(stdout);
  expect(directory).toMatch(/migtop-/);
  expect(wasListening).toBe(true);
  expect(existsSync(directory)).toBe(false);
});

test('a demo that cannot start reports why and leaves no files', async () => {
  const before = await readdir(folders().sockets);
  await expect(start('missing.mjs')).rejects.toThrow("The demo's PostgreSQL failed");
  expect(await readdir(folders().sockets)).toEqual(before);
});

test('a demo that ends unexpectedly is noticed', async () => {
  await writeFile(
    join(folders().compiled, 'dies.mjs'),
    `import { parentPort } from 'node:worker_threads';
     parentPort.postMessage({ kind: 'ready', port: 0 });
     parentPort.once('message', () => {});
     setTimeout(() => process.exit(3), 100);`,
  );
  const own = await start('dies.mjs');
  expect((await own.failed).message).toBe(
    "The demo's PostgreSQL ended unexpectedly (exit code 3). Start it again with: migtop demo",
  );
  await own.stop();
});

// The last test: it ends the demo of all others.
test('stop() disconnects its clients and leaves no files', async () => {
  const own = demo();
  let hasFailed = false;
  own.failed.then(() => {
    hasFailed = true;
  });
  const client = new pg.Client(own.connection);
  const cutOff = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await own.stop();
  await own.stop();
  expect(await cutOff).toBeInstanceOf(Error);
  expect(existsSync(own.connection.host)).toBe(false);
  expect(hasFailed).toBe(false);
});
