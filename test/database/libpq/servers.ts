import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type PostgresServer, startOwnServer } from '../../support/postgres-server.ts';

export const certificates = fileURLToPath(new URL('../../fixtures/tls/', import.meta.url));

/** Two servers, one with TLS and one without, on which every role logs in in another way. */
export interface Servers {
  /** Takes TLS, as `localhost`. */
  readonly secure: { readonly port: number };
  /** Without TLS; its sessions are read-only. */
  readonly open: { readonly port: number };
  /** The directory of the first one's socket. */
  readonly socketDirectory: string;
  /** A folder for the files of the cases. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** How each role of both servers logs in; `either` takes a connection with or without TLS. */
const access = `
local   all all scram-sha-256
hostssl all certified all cert
hostssl all onlytls all scram-sha-256
hostnossl all onlytls all reject
hostnossl all onlyplain all scram-sha-256
hostssl all onlyplain all reject
hostssl all fallback all reject
hostnossl all fallback all trust
host    all trusted all trust
host    all md5user all md5
host    all clear all password
host    all all all scram-sha-256
`;

export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'migtop-libpq-'));
  chmodSync(folder, 0o777);
  const socketDirectory = join(folder, 'socket');
  mkdirSync(socketDirectory, { mode: 0o777 });
  chmodSync(socketDirectory, 0o777);
  const [secure, open] = await Promise.all([
    startOwnServer({ settings: { unix_socket_directories: socketDirectory } }),
    startOwnServer({ settings: { default_transaction_read_only: 'on' } }),
  ]);
  await Promise.all([prepare(secure, true), prepare(open, false)]);
  return {
    secure: { port: secure.port },
    open: { port: open.port },
    socketDirectory,
    folder,
    async stop() {
      await Promise.all([secure.destroy(), open.destroy()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function prepare({ url }: PostgresServer, withTls: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const run = async (sql: string): Promise<void> => void (await client.query(sql));
  await run('SET default_transaction_read_only = off');
  const { rows } = await client.query(
    "SELECT current_setting('data_directory') AS directory, current_setting('hba_file') AS hba",
  );
  const directory = String(rows[0]?.directory);
  for (const role of ['certified', 'onlytls', 'onlyplain', 'fallback', 'trusted', 'either', 'clear'])
    await run(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  await run(`CREATE ROLE "o'dd role" LOGIN PASSWORD 'a:b\\c d'`);
  await run("SET password_encryption = 'md5'");
  await run("CREATE ROLE md5user LOGIN PASSWORD 'secret'");
  await run('CREATE DATABASE either');
  await run('CREATE DATABASE "data base=1"');
  writeFileSync(String(rows[0]?.hba), access);
  if (withTls) {
    // The server takes a key only if it is its own.
    const { uid, gid } = statSync(directory);
    for (const name of ['server.crt', 'server.key', 'authority.crt']) {
      const path = join(directory, name);
      copyFileSync(join(certificates, name), path);
      chmodSync(path, 0o600);
      chownSync(path, uid, gid);
    }
    await run("ALTER SYSTEM SET ssl_ca_file = 'authority.crt'");
    await run('ALTER SYSTEM SET ssl = on');
  }
  await run('SELECT pg_reload_conf()');
  await client.end();
}
