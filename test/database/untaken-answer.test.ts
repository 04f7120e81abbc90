import type { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { checks, timeout } from '../../source/database/bounds.ts';
import { createDatabase } from '../support/database.ts';

it('keeps no snapshot open if the program does not read a large answer, for example while it is suspended', async () => {
  const database = await createDatabase();
  try {
    const client = await database.connect();
    const { rows } = await client.query<{ pid: number; linux: boolean }>(
      `SELECT pg_backend_pid() AS pid, strpos(version(), 'linux') > 0 AS linux`,
    );
    if (rows[0]?.linux !== true) return;
    const settings = [...checks({ hasConnectionChecks: true, serverVersion: 180_000 }), timeout(9)];
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    const answer = client.query(
      `${settings.map(({ text }) => text).join('; ')}; SELECT repeat('x', 1000000) FROM generate_series(1, 60)`,
    );
    answer.catch(() => {});
    stream.pause();
    const holders = async (): Promise<unknown[]> =>
      (await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [rows[0]?.pid])).rows;
    await vi.waitFor(async () => expect(await holders()).toEqual([]), { timeout: 50_000, interval: 500 });
    stream.resume();
    await expect(answer).rejects.toThrow();
  } finally {
    await database.drop();
  }
});
