import { expect, it, vi } from 'vitest';
import { checks, timeout } from '../../source/database/bounds.ts';
import { createDatabase } from '../support/database.ts';
import { socketOf } from '../support/pg-client.ts';

it('keeps no snapshot open if the program does not read a large answer, for example while it is suspended', async () => {
  await using database = await createDatabase();
  const client = await database.connect();
  const { rows } = await client.query<{ pid: number; linux: boolean }>(
    `SELECT pg_backend_pid() AS pid, strpos(version(), 'linux') > 0 AS linux`,
  );
  if (rows[0]?.linux !== true) return;
  const settings = [...checks({ hasConnectionChecks: true, serverVersion: 180_000 }), timeout(9)];
  const stream = socketOf(client);
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
});
