import { chmodSync, chownSync, copyFileSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startForwarder } from '../support/forwarder.ts';
import { serverFolder } from '../support/postgres-programs.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import { builtProgram } from '../support/program.ts';
import { runInTerminal } from '../support/pty.ts';
import { eventually, insertRows, openMigtop, runShell, showsData, startMigtop } from './migtop.ts';

let server: PostgresServer;
let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  server = await startOwnServer();
  database = await createDatabase({ schema: true, serverUrl: server.url });
  await insertRows(database, [{ id: 31, status: 'running', worker: 1 }]);
  directory = String((await database.query('SHOW data_directory')).rows[0]?.data_directory);
});
afterAll(async () => {
  await server.start();
  await database.drop();
  await server.destroy();
});

/** The url of the test's database without its password. */
function withoutPassword(): string {
  const url = new URL(database.url);
  url.password = '';
  return url.href;
}

const password = () => new URL(database.url).password;
const user = () => new URL(database.url).username;

describe('a password prompt', () => {
  it.each([
    ['by default, where the server asks for one', []],
    ['before it connects, with -W', ['-W']],
  ])('comes %s, and never shows what is typed', async (_, flags) => {
    await using program = await startMigtop([...flags, withoutPassword()], { columns: 120 });
    await program.waitForText(`Password for user ${user()}:`);
    program.press(`${password()}\r`);
    await program.waitFor(showsData);
    expect(program.output()).not.toContain(password());
    program.press('q');
    expect(await program.exit).toMatchObject({ exitCode: 0 });
  });

  it('does not appear with -w', async () => {
    await using program = await startMigtop(['-w', withoutPassword()], { columns: 120 });
    expect(await program.exit).toMatchObject({ exitCode: 4 });
    expect(program.output()).toContain('requires a password for user');
    expect(program.output()).not.toContain('Password for user');
  });

  it('is cancelled with ctrl-c, and the terminal echoes as before', async () => {
    await using program = await runShell(
      '"$@"; echo "code $?"; stty -a | grep -ow -e "-\\?echo" -e "-\\?icanon" -e "-\\?isig"',
      [withoutPassword()],
    );
    await program.waitForText('Password for user');
    program.press('half\u0003');
    await program.exit;
    const output = program.output();
    expect(output).toContain('Password prompt cancelled with ctrl-c.');
    expect(output).not.toContain('half');
    expect(output).toMatch(/code 4\b/);
    expect(output.split(/\s+/)).toEqual(expect.arrayContaining(['echo', 'icanon', 'isig']));
    expect(output).not.toMatch(/-(echo|icanon|isig)\b/);
  });

  it('reports a wrong password', async () => {
    await using program = await startMigtop([withoutPassword()], { columns: 120 });
    await program.waitForText('Password for user');
    program.press('not it\r');
    expect(await program.exit).toMatchObject({ exitCode: 4 });
    expect(program.output()).toContain(`refuses the password of user "${user()}"`);
    expect(program.output()).not.toContain('not it');
  });
});

/** A server that requests a login that migtop does not support: GSSAPI (7), SSPI (9), or an unknown one (77). */
async function startAsking(request: number): Promise<Server> {
  const asking = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      // To the question for encryption: no.
      if (data.length === 8) socket.write('N');
      else socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, request]));
    });
  });
  await new Promise<void>((resolve) => asking.listen(0, '127.0.0.1', resolve));
  return asking;
}

describe('a login that migtop cannot do', () => {
  it.each([7, 9, 77])('is one line and exit code 4 at start: request %s', async (request) => {
    const asking = await startAsking(request);
    const { port } = asking.address() as AddressInfo;
    const run = await runCommand(['status', '--json', `postgres://ana:secret@127.0.0.1:${port}/data`]);
    asking.close();
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/^migtop: Authentication failed at 127\.0\.0\.1:\d+: .*pg_hba\.conf\.\n$/);
  });

  it('is shown as a lost connection with that reason, until the server requests another', async () => {
    const asking = await startAsking(7);
    const forwarder = await startForwarder(server.port);
    const url = new URL(database.url);
    url.port = String(forwarder.port);
    await using program = await openMigtop([url.href, '--interval', '0.5'], { columns: 120 });
    forwarder.leadTo((asking.address() as AddressInfo).port);
    await program.waitForText(/ LOST data \d+s old, attempt \d+ /);
    await program.waitForText(/✗ Authentication failed at 127\.0\.0\.1:\d+: .*GSS/);
    forwarder.leadTo(server.port);
    await program.waitForText(/connected again after \d+s/);
    await forwarder.close();
    asking.close();
  });
});

/** The first column of the first row, in a new session. */
async function inNewSession(sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  await client.end();
  return rows.flat();
}

/** Makes the server read its configuration again. */
function reload(): void {
  process.kill(Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10), 'SIGHUP');
}

describe('a server that is started again with another configuration', () => {
  it('is reported in the live monitor while its pg_hba.conf refuses the role, and sslmode=prefer is decided again', async () => {
    const { uid, gid } = statSync(directory);
    for (const name of ['server.crt', 'server.key']) {
      const path = join(directory, name);
      copyFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), path);
      chmodSync(path, 0o600);
      chownSync(path, uid, gid);
    }
    await database.query('ALTER SYSTEM SET ssl = on');
    reload();
    await eventually(async () => expect(await inNewSession('SHOW ssl')).toEqual(['on']));
    const url = new URL(database.url);
    url.searchParams.set('sslmode', 'prefer');
    await using program = await openMigtop([url.href, '--interval', '0.5'], { columns: 120 });
    const encrypted =
      "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'migtop'";
    expect(await inNewSession(encrypted)).toEqual([true]);

    const file = join(directory, 'pg_hba.conf');
    const before = readFileSync(file, 'utf8');
    await database.query('ALTER SYSTEM SET ssl = off');
    writeFileSync(file, 'host all all all reject\n');
    await server.stop();
    await server.start();
    await program.waitForText(/✗ .*rejects user/);
    await program.waitForText(' LOST ');
    writeFileSync(file, before);
    reload();
    await program.waitForText(/connected again after \d+s/);
    expect(await inNewSession(encrypted)).toEqual([false]);
  });
});

describe.runIf(process.getuid?.() === 0)('a user id without a passwd entry', () => {
  /** Node and the program where every user may enter; the checkout may be where only root may. */
  let everybodys: string;

  beforeAll(async () => {
    everybodys = serverFolder('migtop-everybody-');
    chmodSync(everybodys, 0o755);
    copyFileSync(process.execPath, join(everybodys, 'node'));
    const built = dirname(dirname(await builtProgram()));
    for (const name of ['dist', 'package.json']) cpSync(join(built, name), join(everybodys, name), { recursive: true });
  });

  afterAll(() => rmSync(everybodys, { recursive: true, force: true }));

  it.each([
    ['connects where the role is named', true, {}],
    ['is told to name the role where it is not', false, {}],
    ['needs no home directory', true, { HOME: '' }],
  ])('%s', async (_, isNamed, env) => {
    const { hostname, port, username, pathname } = new URL(database.url);
    const conninfo = `host=${hostname} port=${port} dbname=${pathname.slice(1)}${isNamed ? ` user=${username}` : ''}`;
    await using program = runInTerminal(
      'sh',
      [
        ...['-c', 'cd / && setpriv --reuid 54321 --regid 54321 --clear-groups "$@"; echo "code $?"', 'sh'],
        ...[join(everybodys, 'node'), join(everybodys, 'dist/migtop.cjs')],
        ...['status', '--sample', '0', `${conninfo} password=${password()}`],
      ],
      { columns: 160, env },
    );
    await program.exit;
    if (isNamed) expect(program.output()).toContain('1 running');
    else expect(program.output()).toContain('Name the database user with user=… or PGUSER');
    expect(program.output()).toContain(isNamed ? 'code 0' : 'code 2');
  });
});
