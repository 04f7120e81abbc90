import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import type { Connection } from '../../source/database/connection.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';

const process = 'SELECT pg_catalog.pg_backend_pid() AS pid';

let database: TestDatabase;
let forwarder: Forwarder;
let connection: Connection;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await connection.close();
  await forwarder.close();
});

async function open(): Promise<void> {
  const url = new URL(database.url);
  forwarder = await startForwarder(Number(url.port));
  url.port = String(forwarder.port);
  connection = await connect(connectionSettings(url.href, {}));
}

/** The result of a read: `answered`, or its error. */
function told(read: Promise<unknown>): Promise<string> {
  return read.then(
    () => 'answered',
    (error: unknown) => String(error),
  );
}

describe('a query that is not answered', () => {
  it('is given up if its answer was lost, and the next one has another connection', async () => {
    await open();
    const [before] = await connection.read(process);
    forwarder.swallow('open');
    const read = told(connection.read(process));
    await expect.poll(() => connection.whyNoAnswer(), { timeout: 10_000 }).toBe('answer lost');
    expect(await read).toContain('the answer did not arrive: the connection is dead');
    expect(await connection.read(process)).not.toEqual([before]);
  });

  it('is given up on each of the connections that are dead', async () => {
    await open();
    await Promise.all([connection.read('SELECT pg_catalog.pg_sleep(0.2)'), connection.read(process)]);
    forwarder.swallow('open');
    const reads = [told(connection.read(process)), told(connection.read(process))];
    await expect.poll(() => connection.whyNoAnswer(), { timeout: 10_000 }).toBe('answer lost');
    for (const read of await Promise.all(reads)) expect(read).toContain('the connection is dead');
  });

  it('is kept if the server still runs it', async () => {
    await open();
    const read = told(connection.read('SELECT pg_catalog.pg_sleep(8)'));
    await expect.poll(() => connection.whyNoAnswer(), { timeout: 10_000 }).toBe('query slow');
    expect(await read).toBe('answered');
  });

  it('is distinguished from a dead connection, within two seconds', async () => {
    await open();
    forwarder.swallow('all');
    const read = told(connection.read(process));
    expect(await connection.whyNoAnswer()).toBe('line down');
    await connection.close();
    expect(await read).not.toBe('answered');
  });
});
