import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Read, readTogether } from '../../source/database/bounds.ts';
import type { Connection } from '../../source/database/connection.ts';
import { type Statement, withLiterals } from '../../source/database/literals.ts';
import { resultsOf, socketOf } from '../support/pg-client.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

/** More than the buffers of a socket hold. */
const large: Read = {
  text: `SELECT 'row' AS kind, pg_catalog.json_build_object('number', number, 'text', pg_catalog.repeat('ä', 1000)) AS body
    FROM rows ORDER BY number DESC`,
  seconds: 9,
};
const small: Read = {
  text: `SELECT 'small' AS kind, pg_catalog.to_json($1::pg_catalog.text) AS body`,
  values: ["it's"],
  seconds: 9,
};

describe.each([18, 12] as const)('on a Unix socket of PostgreSQL %i', (version) => {
  let server: PostgresServer;
  let sockets: string;

  beforeAll(async () => {
    sockets = await mkdtemp(join(tmpdir(), 'migtop-socket-'));
    await chmod(sockets, 0o777);
    server = await startOwnServer({ version, settings: { unix_socket_directories: sockets } });
    const client = await open();
    await client.query('CREATE TABLE rows AS SELECT generate_series(1, 2000) AS number');
    await client.end();
  });
  afterAll(async () => {
    await server?.destroy();
    await rm(sockets, { recursive: true, force: true });
  });

  async function open(): Promise<pg.Client> {
    const { username, password, port } = new URL(server.url);
    const client = new pg.Client({ host: sockets, port: Number(port), user: username, password, database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  /** Sends messages on one client, as `Connection.readAll` does. */
  function over(client: pg.Client): Pick<Connection, 'readAll'> {
    return {
      async readAll(statements: readonly Statement[]) {
        const results = await client.query(statements.map(withLiterals).join(';\n'));
        return resultsOf(results).map(({ rows }) => rows);
      },
    };
  }

  const target = { hasConnectionChecks: false, serverVersion: version * 10_000, holdsAnswers: true };

  /** Returns the wait event, the snapshot and the number of locks of a session that sends its answer. */
  async function held(pid: number, by: pg.Client) {
    const { rows } = await by.query<{ wait: string; snapshot: string | null; locks: number }>(
      `SELECT wait_event AS wait, backend_xmin::text AS snapshot,
         (SELECT count(*)::int FROM pg_locks WHERE pg_locks.pid = $1 AND relation = 'rows'::regclass) AS locks
       FROM pg_stat_activity WHERE pid = $1`,
      [pid],
    );
    return rows[0];
  }

  async function whileStopped(holdsAnswers: boolean): Promise<unknown> {
    const [client, watcher] = [await open(), await open()];
    try {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const stream = socketOf(client);
      stream.pause();
      const answer = readTogether(over(client), { ...target, holdsAnswers }, [large, small]);
      answer.catch(() => {});
      let seen: Awaited<ReturnType<typeof held>>;
      await vi.waitFor(
        async () => {
          seen = await held(rows[0]?.pid ?? 0, watcher);
          expect(seen?.wait).toBe('ClientWrite');
        },
        { timeout: 20_000, interval: 20 },
      );
      stream.resume();
      const [many = [], [one] = []] = await answer;
      expect(many).toHaveLength(2000);
      expect(many[0]).toEqual({ kind: 'row', body: { number: 2000, text: 'ä'.repeat(1000) } });
      expect(one).toEqual({ kind: 'small', body: "it's" });
      return seen;
    } finally {
      await Promise.all([client.end(), watcher.end()]);
    }
  }

  it('a program that is stopped while a large answer is sent keeps neither a snapshot nor a lock', async () => {
    expect(await whileStopped(true)).toEqual({ wait: 'ClientWrite', snapshot: null, locks: 0 });
  });

  it('it would keep both if the server sent the answer in the transaction', async () => {
    expect(await whileStopped(false)).toEqual({ wait: 'ClientWrite', snapshot: expect.any(String), locks: 1 });
  });

  it('leaves no cursor, setting or transaction behind, and none where a read fails', async () => {
    const client = await open();
    try {
      const state = async () =>
        (
          await client.query(
            `SELECT (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
              coalesce(current_setting('migtop.answer_0', true), '') AS answer, current_setting('statement_timeout') AS timeout,
              (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'rows'::regclass) AS locks`,
          )
        ).rows[0];
      const clean = { cursors: 0, answer: '', timeout: '0', locks: 0 };
      await readTogether(over(client), target, [large]);
      expect(await state()).toEqual(clean);
      const failing: Read = {
        text: 'SELECT 1 AS kind, pg_catalog.to_json(1 / (number - 7)) AS body FROM rows',
        seconds: 9,
      };
      await expect(readTogether(over(client), target, [small, failing])).rejects.toThrow('division by zero');
      expect(await state()).toEqual(clean);
    } finally {
      await client.end();
    }
  });

  it('ends a read after its time', async () => {
    const client = await open();
    try {
      const slow: Read = {
        text: `SELECT 'slow' AS kind, pg_catalog.to_json(pg_catalog.pg_sleep(30)::text) AS body`,
        seconds: 0.2,
      };
      await expect(readTogether(over(client), target, [slow])).rejects.toThrow('statement timeout');
    } finally {
      await client.end();
    }
  });

  it('reads although the session has a cursor of the same name, as it may behind a pooler', async () => {
    const client = await open();
    try {
      await client.query('DECLARE migtop_answer CURSOR WITH HOLD FOR SELECT 1');
      const [rows] = await readTogether(over(client), target, [small]);
      expect(rows).toEqual([{ kind: 'small', body: "it's" }]);
    } finally {
      await client.end();
    }
  });

  it('writes no warning into the log', async () => {
    expect(server.log()).not.toMatch(/WARNING.*transaction/);
  });
});
