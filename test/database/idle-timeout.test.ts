import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

/** The server's message when a session was idle for longer than idle_session_timeout. */
function idleTimeout(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P05\0Mterminating connection due to idle-session timeout\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

it.each([
  ['sends a read again', 1],
  ['gives a read up after three connections', 3],
])('%s that met the end of an idle session', async (_, times) => {
  const url = new URL(database.url);
  const serverPort = Number(url.port);
  let ends = 0;
  const proxy = createServer((client) => {
    const server = connectTo(serverPort, '127.0.0.1');
    for (const socket of [client, server]) socket.on('error', () => {});
    client.on('close', () => server.destroy());
    server.on('data', (data) => client.write(data));
    server.on('close', () => client.destroySoon());
    client.on('data', (data: Buffer) => {
      if (ends < times && data.includes('SELECT 41')) {
        ends++;
        client.end(idleTimeout());
      } else server.write(data);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  url.port = String((proxy.address() as AddressInfo).port);
  const connection = await connect(connectionSettings(url.href, {}));
  try {
    const read = connection.read('SELECT 41 + 1 AS sum');
    if (times === 1) expect(await read).toEqual([{ sum: 42 }]);
    else await expect(read).rejects.toThrow('idle-session timeout');
    expect(ends).toBe(times);
  } finally {
    await connection.close();
    proxy.close();
  }
});

it('knows of connections that the server has ended, idle or in use', async () => {
  const connection = await connect(connectionSettings(database.url, {}));
  const end = (pid: unknown) => database.query('SELECT pg_terminate_backend($1::int)', [pid]);
  const ended = [{ problem: expect.stringContaining('administrator command') }];
  try {
    const [{ pid } = {}] = await connection.read('SELECT pg_catalog.pg_backend_pid() AS pid');
    expect(connection.takeLosses()).toEqual([]);
    await end(pid);
    await expect.poll(() => connection.takeLosses()).toMatchObject(ended);
    const [{ pid: next } = {}] = await connection.read('SELECT pg_catalog.pg_backend_pid() AS pid');
    expect(next).not.toBe(pid);
    const asleep = connection.read('SELECT pg_catalog.pg_sleep(20)').catch(() => []);
    await expect
      .poll(async () => {
        await end(next);
        return connection.takeLosses();
      })
      .toMatchObject(ended);
    await asleep;
  } finally {
    await connection.close();
  }
});
