import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import type { Connection } from '../../source/database/connection.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

const secret = 'hunter2-never-shown';

const opened: Connection[] = [];
const servers: Server[] = [];
const sockets = new Set<Socket>();
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);

beforeAll(() => void process.on('unhandledRejection', noteRejection));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  // Node reports an unhandled rejection only after the tick in which it happened.
  await sleep(0);
  expect(rejections.splice(0)).toEqual([]);
});
afterAll(() => void process.off('unhandledRejection', noteRejection));

async function open(text: string, env: Record<string, string> = {}): Promise<Connection> {
  const connection = await connect(connectionSettings(text, env));
  opened.push(connection);
  return connection;
}

/** The error with which connecting fails: of one line, and without the password anywhere. */
async function failure(attempt: () => Promise<unknown>): Promise<DatabaseError> {
  const error = await attempt().then(
    () => expect.fail('it connected'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DatabaseError)) throw error;
  expect(error.message).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    expect(`${each.message}\n${each.stack}`).not.toContain(secret);
  }
  return error;
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(inject('postgresUrl'));
  change(url);
  return url.href;
}

/** A TCP server on this machine that is no PostgreSQL. */
async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a server that denies access', () => {
  it('says that the password is wrong, and how to set it', async () => {
    const error = await failure(() => open(urlWith((url) => (url.password = secret))));
    expect(error.kind).toBe('authentication');
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ refuses the password of user "postgres"\. Check PGPASSWORD/);
    expect(error.cause).toBeInstanceOf(pg.DatabaseError);
  });

  it('reports an unknown user only as a wrong password', async () => {
    const url = urlWith((each) => {
      each.username = 'nobody_of_that_name';
      each.password = secret;
    });
    const error = await failure(() => open(url));
    expect(error.kind).toBe('authentication');
    expect(error.message).toContain('"nobody_of_that_name"');
  });

  it('says that a password is required if none is given', async () => {
    const error = await failure(() =>
      open(
        urlWith((url) => (url.password = '')),
        { PGPASSFILE: '/nowhere/pgpass' },
      ),
    );
    expect(error.kind).toBe('authentication');
    expect(error.message).toMatch(/requires a password for user "postgres" and none was supplied\. Set PGPASSWORD/);
  });

  it('names a missing database, and how to list the existing ones', async () => {
    const error = await failure(() => open(urlWith((url) => (url.pathname = '/no_such_database'))));
    expect(error.kind).toBe('no-database');
    expect(error.message).toMatch(/^There is no database "no_such_database" at .*psql -l$/);
  });

  it('says that the server has no connection left', async () => {
    await using database = await createDatabase();
    const url = await database.role();
    await database.query(`ALTER ROLE ${new URL(url).username} CONNECTION LIMIT 0`);
    const error = await failure(() => open(url));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/has no connection left for user .*too many connections for role/);
  });
});

describe('an address at which no PostgreSQL answers', () => {
  it('says that the port is refused', async () => {
    const port = await listen(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const error = await failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch`));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toBe(
      `No PostgreSQL answers at 127.0.0.1:${port} (connection refused). Check host and port, and that the server is running.`,
    );
  });

  it('says that a name does not resolve', async () => {
    const error = await failure(() => open(`postgres://me:${secret}@no-such-host.invalid/dispatch`));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(
      /^The name no-such-host\.invalid does not resolve \((ENOTFOUND|EAI_AGAIN)\)\. Check the spelling/,
    );
  });

  it('says that there is no socket', async () => {
    const error = await failure(() => open(`host=/nowhere port=5433 user=me password=${secret} dbname=dispatch`));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/^There is no socket \/nowhere\/\.s\.PGSQL\.5433\./);
  });

  it.each(['prefer', 'disable', 'require'])(
    'recognizes a web server, and quotes its answer, under sslmode=%s',
    async (sslmode) => {
      // It keeps the line open, as web servers do.
      const port = await listen((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\nConnection: keep-alive\r\n\r\n')),
      );
      const error = await failure(() =>
        open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?sslmode=${sslmode}&connect_timeout=20`),
      );
      expect(error.kind).toBe('not-postgresql');
      expect(error.message).toMatch(
        new RegExp(
          `^The server at 127\\.0\\.0\\.1:${port} is not PostgreSQL \\(.*HTTP/1\\.1 400.*\\)\\. Check the port\\.$`,
        ),
      );
    },
  );

  it('recognizes a web server that closes the connection after its answer', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const error = await failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?sslmode=disable`));
    expect(error.kind).toBe('not-postgresql');
  });

  it.each(['prefer', 'disable'])(
    'recognizes a server that sends first, such as SSH, under sslmode=%s',
    async (sslmode) => {
      const port = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9.7\r\n'));
      const error = await failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?sslmode=${sslmode}`));
      expect(error.kind).toBe('not-postgresql');
      expect(error.message).toContain('SSH-2.0');
    },
  );

  it('cleans the answer of a hostile server before it quotes it', async () => {
    const port = await listen((socket) => socket.write('\u001B]52;c;aGVsbG8=\u0007\u009B31m\u202Ewat\r\n'));
    const error = await failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?sslmode=disable`));
    expect(error.kind).toBe('not-postgresql');
    expect(error.message).not.toMatch(/[\u001B\u0080-\u009F\u202E]/);
  });

  it('gives up on a server that sends nothing', async () => {
    const port = await listen(() => {});
    const errors = await Promise.all(
      ['prefer', 'disable'].map((sslmode) =>
        failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?connect_timeout=2&sslmode=${sslmode}`)),
      ),
    );
    for (const error of errors) {
      expect(error.kind).toBe('unreachable');
      expect(error.message).toMatch(/did not answer in time\. Check host and port, the firewall/);
    }
  });

  it.each(['prefer', 'disable'])(
    'says that the server closes the connection at once, under sslmode=%s',
    async (sslmode) => {
      const port = await listen((socket) => socket.end());
      const error = await failure(() => open(`postgres://me:${secret}@127.0.0.1:${port}/dispatch?sslmode=${sslmode}`));
      expect(error.kind).toBe('unreachable');
      expect(error.message).toMatch(/closed the connection.*Check the server's log/);
    },
  );
});

describe('a password in the wrong place of a URL', () => {
  // `@` and `/` have to be percent-encoded; unencoded, a part of the password reads as host, port or database.
  it.each([
    `postgres://me:p@${secret}@127.0.0.1:1/dispatch`,
    `postgres://me:12/${secret}@127.0.0.1:1/dispatch`,
    `postgres://me:%zz${secret}@127.0.0.1:1/dispatch`,
    `me:${secret}@127.0.0.1:1/dispatch`,
    `//me:${secret}@127.0.0.1:1/dispatch`,
    `mysql://me:${secret}@127.0.0.1:1/dispatch`,
    `postgres:/me:${secret}@127.0.0.1:1/dispatch`,
  ])('is not repeated in the error: case %#', async (text) => {
    const error = await failure(() => open(text));
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(/Write postgres:\/\//);
  });

  it.each([
    `postgres://me:12?${secret}@127.0.0.1:1/dispatch`,
    `postgres://me:12?${secret}=@127.0.0.1:1/dispatch`,
    `postgres://me:12#${secret}@127.0.0.1:1/dispatch`,
  ])('is read completely with ? and # in it, as libpq reads it: case %#', async (text) => {
    expect((await failure(() => open(text))).kind).toBe('unreachable');
  });
});

describe('the password file', () => {
  let folder: string;
  let database: TestDatabase;
  let role: URL;
  let plain: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migtop-pgpass-'));
    database = await createDatabase();
    role = new URL(await database.role());
    const without = new URL(role);
    without.password = '';
    plain = without.href;
  });
  afterAll(async () => {
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => vi.unstubAllEnvs());

  async function passfile(content: string, mode = 0o600): Promise<string> {
    const path = join(folder, 'pgpass');
    await writeFile(path, content);
    await chmod(path, mode);
    return path;
  }

  it('gives the password of the matching line, if PGPASSFILE names the file', async () => {
    const path = await passfile(
      `other.example:*:*:*:${secret}\n127.0.0.1:${role.port}:${database.name}:${role.username}:${role.password}\n`,
    );
    const connection = await open(plain, { PGPASSFILE: path });
    expect(await connection.read('SELECT current_user AS name')).toEqual([{ name: role.username }]);
  });

  it('is found by the keyword passfile before PGPASSFILE', async () => {
    const path = await passfile(`*:*:*:*:${role.password}\n`);
    const url = `${plain}?passfile=${encodeURIComponent(path)}`;
    const connection = await open(url, { PGPASSFILE: '/nowhere/pgpass' });
    expect(await connection.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is searched in the home folder if nothing names it', async () => {
    const path = await passfile(`*:*:*:*:${role.password}\n`);
    await copyFile(path, join(folder, '.pgpass'));
    vi.stubEnv('HOME', folder);
    const connection = await open(plain);
    expect(await connection.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('does not hide that its password is wrong', async () => {
    const path = await passfile(`*:*:*:*:${secret}\n`);
    const error = await failure(() => open(plain, { PGPASSFILE: path }));
    expect(error.message).toMatch(/refuses the password/);
  });

  it('is not read if it is a pipe, to which possibly no process writes', async () => {
    const path = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    const error = await failure(() => open(plain, { PGPASSFILE: path }));
    expect(error.message).toMatch(/requires a password for user .* and none was supplied/);
  });

  it('is not used if PGPASSWORD is set', async () => {
    const path = await passfile(`*:*:*:*:${secret}\n`);
    const connection = await open(plain, { PGPASSFILE: path, PGPASSWORD: role.password });
    expect(await connection.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('TLS', () => {
  const run = promisify(execFile);
  let folder: string;
  let server: PostgresServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migtop-tls-'));
    server = await startOwnServer();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const data = rows[0]?.data_directory ?? '';
    await makeCertificate(data);
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  });
  afterAll(async () => {
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  /** A certificate for the address 127.0.0.1, which signs itself, and one of another authority that did not sign it. */
  async function makeCertificate(data: string): Promise<void> {
    for (const name of ['server', 'other']) {
      await run('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=migtop test'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
      ]);
    }
    const { uid, gid } = await stat(data);
    for (const name of ['server.key', 'server.crt']) {
      const target = join(data, name);
      await copyFile(join(folder, name), target);
      await chown(target, uid, gid);
      await chmod(target, 0o600);
    }
  }

  const url = (parameters: string, host = '127.0.0.1') => {
    const base = new URL(server.url);
    base.hostname = host;
    return `${base.href}?${parameters}`;
  };
  const authority = (name: string) => `sslrootcert=${encodeURIComponent(join(folder, `${name}.crt`))}`;
  const isEncrypted = async (connection: Connection) =>
    (await connection.read('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'))[0]?.ssl;

  // The server takes up its certificate some time after the order to reload.
  it('is used by default if the server offers it', async () => {
    await vi.waitFor(async () => expect(await isEncrypted(await open(server.url))).toBe(true), {
      timeout: 20_000,
      interval: 50,
    });
  });

  it.each([
    ['sslmode=require', true],
    ['sslmode=prefer', true],
    ['sslmode=disable', false],
    ['sslmode=allow', false],
    ['ssl=true', true],
  ])('follows %s', async (parameters, encrypted) => {
    expect(await isEncrypted(await open(url(parameters)))).toBe(encrypted);
  });

  it.each(['sslmode=verify-full', 'sslmode=verify-ca'])(
    'requires the certificate of the authority under %s',
    async (parameters) => {
      const error = await failure(() => open(url(parameters), { HOME: folder }));
      expect(error.kind).toBe('usage');
      expect(error.message).toMatch(/Root certificate file .*does not exist.*sslrootcert=FILE/);
    },
  );

  it.each(['require', 'verify-ca', 'verify-full'])(
    'accepts the certificate of the named authority under %s',
    async (mode) => {
      expect(await isEncrypted(await open(url(`sslmode=${mode}&${authority('server')}`)))).toBe(true);
    },
  );

  it.each(['require', 'verify-ca', 'verify-full'])(
    'refuses the certificate of another authority under %s',
    async (mode) => {
      const error = await failure(() => open(url(`sslmode=${mode}&${authority('other')}`)));
      expect(error.kind).toBe('authentication');
    },
  );

  it('refuses a certificate for another host under verify-full, and accepts it under verify-ca', async () => {
    const error = await failure(() => open(url(`sslmode=verify-full&${authority('server')}`, 'localhost')));
    expect(error.kind).toBe('authentication');
    expect(error.message).toMatch(/altnames/);
    expect(await isEncrypted(await open(url(`sslmode=verify-ca&${authority('server')}`, 'localhost')))).toBe(true);
  });

  it('checks the name in host if hostaddr gives the address', async () => {
    const { port, password } = new URL(server.url);
    const text = (host: string) =>
      `host=${host} hostaddr=127.0.0.1 port=${port} user=postgres dbname=postgres password=${password} sslmode=verify-full sslrootcert='${join(folder, 'server.crt')}'`;
    const error = await failure(() => open(text('db.example')));
    expect(error.message).toMatch(/altnames/);
    expect(await isEncrypted(await open(text('127.0.0.1')))).toBe(true);
  });

  it('says which file of the authority cannot be read', async () => {
    const error = await failure(() => open(url('sslmode=verify-ca&sslrootcert=/nowhere/root.crt')));
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(/Root certificate file "\/nowhere\/root\.crt" does not exist/);
  });
});

describe('a server without TLS', () => {
  it('is used without encryption by default', async () => {
    const connection = await open(inject('postgresUrl'));
    expect(await connection.read('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([{ ssl: false }]);
  });

  it.each(['require'])('is refused under sslmode=%s, with the remedy', async (mode) => {
    const error = await failure(() => open(urlWith((url) => url.searchParams.set('sslmode', mode))));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/does not support SSL, but sslmode requires it\. Set sslmode=prefer or disable/);
  });
});

describe('an open connection', () => {
  it('is the tested one, and another one only if two are needed at once', async () => {
    const server = new URL(inject('postgresUrl'));
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      const behind = createConnection(Number(server.port), server.hostname);
      sockets.add(behind);
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    const connection = await open(
      urlWith((url) => {
        url.hostname = '127.0.0.1';
        url.port = String(port);
        url.searchParams.set('sslmode', 'disable');
      }),
    );
    expect(await connection.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(connections).toBe(1);
    await Promise.all([connection.read('SELECT pg_sleep(0.2)'), connection.read('SELECT 1')]);
    expect(connections).toBe(2);
  });

  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database?.drop());

  it('sends its application name and its options', async () => {
    const connection = await open(`${database.url}?options=${encodeURIComponent('-c work_mem=7MB')}`);
    expect(
      await connection.read(
        "SELECT current_setting('application_name') AS name, current_setting('work_mem') AS memory",
      ),
    ).toEqual([{ name: 'migtop', memory: '7MB' }]);
  });

  it('is opened again after the server has cut it while it was idle', async () => {
    const connection = await open(database.url);
    const [before] = await connection.read('SELECT pg_backend_pid() AS pid');
    await database.query('SELECT pg_terminate_backend($1)', [before?.pid]);
    await vi.waitFor(
      async () =>
        expect((await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [before?.pid])).rows).toEqual([]),
      { timeout: 20_000, interval: 10 },
    );
    // The end may be noticed before or after the next query: only that query may fail.
    const after = await connection
      .read('SELECT pg_backend_pid() AS pid')
      .catch(() => connection.read('SELECT pg_backend_pid() AS pid'));
    expect(after[0]?.pid).not.toBe(before?.pid);
  });

  it('reports a query that the server terminates, and works again', async () => {
    const connection = await open(database.url);
    const error = await failure(() => connection.read('SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(60)'));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/starting up or shutting down|closed the connection/);
    expect(await connection.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('stays open after an error of SQL', async () => {
    const connection = await open(database.url);
    const [before] = await connection.read('SELECT pg_backend_pid() AS pid');
    await expect(connection.read('SELECT 1 / 0')).rejects.toThrow(/division by zero \(22012\)/);
    expect(await connection.read('SELECT pg_backend_pid() AS pid')).toEqual([before]);
  });
});

describe('closing', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(
      "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'brackets', 'batch', 'running')",
    );
  });
  afterAll(() => database?.drop());

  const sessions = async (): Promise<number> =>
    (
      await database.query("SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND application_name = 'migtop'", [
        database.name,
      ])
    ).rows.length;
  const waiting = async (event: string): Promise<void> => {
    await vi.waitFor(
      async () =>
        expect(
          (
            await database.query(
              "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND application_name = 'migtop' AND wait_event = $2",
              [database.name, event],
            )
          ).rows,
        ).toHaveLength(1),
      { timeout: 20_000, interval: 10 },
    );
  };

  it('says whose time limit ended a read, and that another session cancelled it', async () => {
    const connection = await open(database.url);
    const slow = (limit: string) =>
      failure(() =>
        connection.readAll(
          [{ text: `SET LOCAL statement_timeout = '${limit}'` }, { text: 'SELECT pg_sleep(600)' }],
          600,
        ),
      );
    expect((await slow('50ms')).message).toMatch(/took longer than 0\.05 s, the limit that migtop sets itself: /);
    const cancelled = slow('500s');
    await waiting('PgSleep');
    await database.query(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'",
      [database.name],
    );
    expect((await cancelled).message).toMatch(/^Another session cancelled the query \(pg_cancel_backend\): .*57014/);
    await connection.close();
  });

  it('cancels a running query, on the server too, and ends its backend', async () => {
    const connection = await open(database.url);
    const slow = failure(() => connection.read('SELECT pg_sleep(600)'));
    await waiting('PgSleep');
    await connection.close();
    expect((await slow).message).toMatch(/cancel/);
    await vi.waitFor(async () => expect(await sessions()).toBe(0), { timeout: 20_000, interval: 10 });
  });

  it('cancels a write that waits for a row', async () => {
    const holder = await database.connect();
    await holder.query('BEGIN; SELECT 1 FROM migration_control FOR UPDATE');
    const connection = await open(database.url);
    const slow = connection.write([{ text: "UPDATE migration_control SET status = 'paused'" }]);
    await waiting('transactionid');
    await connection.close();
    await slow;
    await vi.waitFor(async () => expect(await sessions()).toBe(0), { timeout: 20_000, interval: 10 });
    await holder.query('ROLLBACK');
    expect((await database.query('SELECT status FROM migration_control')).rows).toEqual([{ status: 'running' }]);
    await holder.end();
  });

  it('resolves the second time, and a later read fails at once', async () => {
    const connection = await open(database.url);
    await connection.close();
    await connection.close();
    await failure(() => connection.read('SELECT 1'));
  });

  it('does not wait for a server that no longer answers', async () => {
    let isSilent = false;
    let withheld: () => void = () => {};
    const withholding = new Promise<void>((resolve) => {
      withheld = resolve;
    });
    const port = await listen((socket) => {
      const upstream = createConnection(Number(new URL(database.url).port), '127.0.0.1');
      sockets.add(upstream);
      upstream.on('error', () => {});
      upstream.on('data', (bytes) => isSilent || socket.write(bytes));
      socket.on('data', (bytes) => (isSilent ? withheld() : upstream.write(bytes)));
    });
    const url = new URL(database.url);
    url.port = String(port);
    const connection = await open(url.href);
    await connection.read('SELECT 1');
    isSilent = true;
    const unanswered = failure(() => connection.read('SELECT 1'));
    await withholding;
    await connection.close();
    // Only now does the network break for good.
    for (const socket of sockets) socket.destroy();
    expect((await unanswered).kind).toBe('unreachable');
  });
});

it('leaves no timer when it is closed, which would delay the end of the program', async () => {
  const starts = vi.spyOn(globalThis, 'setTimeout');
  const ends = vi.spyOn(globalThis, 'clearTimeout');
  try {
    const connection = await open(inject('postgresUrl'));
    await connection.read('SELECT 1');
    await connection.close();
    const started = starts.mock.results.map(({ value }) => value as NodeJS.Timeout);
    const ended = new Set(ends.mock.calls.map(([timer]) => timer));
    expect(started).not.toEqual([]);
    expect(started.filter((timer) => timer.hasRef() && !ended.has(timer))).toEqual([]);
  } finally {
    starts.mockRestore();
    ends.mockRestore();
  }
});
