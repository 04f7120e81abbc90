import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, holdOpen, openMigtop, pressAndSee, statusOf } from '../../end-to-end/migtop.ts';
import { runCommand } from '../../support/command.ts';
import { openTable } from '../../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

/** Debian's package; where it is not installed, nothing here can be shown. */
const pgbouncer = '/usr/sbin/pgbouncer';

let database: TestDatabase;
let folder: string;
const running: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Starts a pooler before the test's server, and resolves to the url of the test's database through it. */
async function startPooler(mode: 'session' | 'transaction' | 'statement'): Promise<URL> {
  const { hostname, port, username, password } = new URL(database.url);
  const own = await freePort();
  const file = join(folder, `${mode}.ini`);
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${username}" "${password}"\n`);
  writeFileSync(
    file,
    `[databases]
${database.name} = host=${hostname} port=${port} dbname=${database.name}
down = host=127.0.0.1 port=1
missing = host=${hostname} port=${port} dbname=there_is_none
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
auth_type = md5
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = 2
unix_socket_dir =
query_wait_timeout = 3
`,
  );
  for (const path of [file, users]) chmodSync(path, 0o644);
  // It refuses to run as root.
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  running.push(spawn(pgbouncer, ['-q', ...asNobody, file], { stdio: 'ignore' }));
  await expect.poll(() => answers(own), { timeout: 20_000 }).toBe(true);
  const url = new URL(database.url);
  url.port = String(own);
  return url;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe.runIf(existsSync(pgbouncer))('PgBouncer', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'migtop-pooler-'));
    chmodSync(folder, 0o755);
    database = await createDatabase({ examples: true });
    await database.query("UPDATE migration_control SET status = 'running' WHERE id = 1");
  });
  afterAll(async () => {
    for (const process of running) {
      process.kill('SIGKILL');
      if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
    }
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  // Each message of migtop is one transaction, and one statement to a pooler.
  it.each(['session', 'transaction', 'statement'] as const)(
    'passes on reads, counts and actions: %s pooling',
    async (mode) => {
      const { href } = await startPooler(mode);
      {
        await using table = await openTable(href);
        await table.poll([]);
        while ((await table.work()) !== null);
        const snapshot = await table.poll([]);
        expect(snapshot.coverage.share).toBe(1);
        const operation = snapshot.operations.find(({ id }) => id === 1);
        const move = { id: 1, completedAt: 'keep', version: null, identity: operation?.identity ?? null } as const;
        expect(await table.act({ ...move, from: 'running', to: 'paused' })).toMatchObject({ kind: 'applied' });
        expect(await table.act({ ...move, from: 'paused', to: 'running' })).toMatchObject({ kind: 'applied' });
        expect((await table.detail(1))?.operation.id).toBe(1);
      }
      const run = await runCommand(['status', '--json', '--sample', '0', href]);
      expect([run.code, run.stderr]).toEqual([0, '']);
      // Settings of one message are gone for the next client of the session.
      const direct = await database.connect(href);
      const { rows } = await direct.query(
        "SELECT current_setting('statement_timeout') AS t, current_setting('jit') AS j",
      );
      expect(rows).toEqual([{ t: '0', j: 'on' }]);
      await direct.end();
    },
  );

  it('allows the monitor to act, cancel a waiting action, and quit: transaction pooling', async () => {
    const { href } = await startPooler('transaction');
    await using program = await openMigtop([href, '--interval', '0.2'], { columns: 120 });
    const statusOfOne = () => statusOf(database, 1);
    await pressAndSee(program, 'p', /✓ paused: operation (\d+)/);
    const [, paused = ''] = /✓ paused: operation (\d+)/.exec(program.terminal.text()) ?? [];
    expect(paused).toBe('1');
    expect(await statusOfOne()).toBe('paused');
    await pressAndSee(program, 'u', '✓ undone: operation 1 is running again');
    expect(await statusOfOne()).toBe('running');
    await using _held = await holdOpen(database, 'SELECT FROM migration_control WHERE id = 1 FOR UPDATE');
    await pressAndSee(program, 'p', /holds its row/);
    program.press('p');
    await eventually(async () => expect(await waiting()).toHaveLength(1));
    program.press('q');
    expect((await program.exit).exitCode).toBe(0);
    // PgBouncer hands the cancelling on to the session that runs it.
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect(await statusOfOne()).toBe('running');
  });

  /** Actions that wait for a lock. */
  async function waiting(): Promise<unknown[]> {
    const { rows } = await database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%migtop action%'`,
    );
    return rows;
  }

  it.each([
    ['a wrong password', { password: 'wrong' }, 4, 'refused user '],
    ['a database that it does not know', { pathname: '/nope' }, 4, 'has no database "nope"'],
    ['a database that its server lacks', { pathname: '/missing' }, 4, 'has no database "missing"'],
    ['a parameter that it does not take', { search: '?options=-cwork_mem%3D1MB' }, 1, 'does not accept options'],
    ['a server that is down', { pathname: '/down' }, 3, 'cannot connect to the server of database "down"'],
  ])('explains its error 08P01: %s', async (_, change, code, message) => {
    const url = await startPooler('transaction');
    Object.assign(url, change);
    const run = await runCommand(['status', '--json', '--sample', '0', url.href]);
    expect(run.stderr).toContain(`The pooler at 127.0.0.1:${url.port} ${message}`);
    expect(run.code).toBe(code);
  });
});
