import { spawn } from 'node:child_process';
import { appendFile, cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { serverFolder } from './postgres-programs.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A physical standby of a server, on its own port. */
export interface Standby {
  /** The URL of the superuser, on the database `postgres`. */
  readonly url: string;
  readonly port: number;
  destroy(): Promise<void>;
}

/**
 * Copies a server's data while it is stopped, and starts the copy as its standby, which follows it from then on.
 *
 * @param port a port without a listener
 */
export async function startStandby(server: PostgresServer, port: number): Promise<Standby> {
  const dataDir = await dataDirectory(server);
  const { command, args } = await startedWith(dataDir);
  const { uid, gid } = await stat(dataDir);
  const folder = serverFolder('migtop-standby-');
  const copy = join(folder, 'data');
  await server.stop();
  await cp(dataDir, copy, { recursive: true, preserveTimestamps: true });
  await server.start();
  await rm(join(copy, 'postmaster.pid'), { force: true });
  const { username, password } = new URL(server.url);
  await appendFile(
    join(copy, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${server.port} user=${username} password=${password}'\n`,
  );
  await writeFile(join(copy, 'standby.signal'), '');
  await handOver(folder, uid, gid);

  const moved = args.map((arg, index) =>
    args[index - 1] === '-D' ? copy : args[index - 1] === '-p' ? String(port) : arg,
  );
  const child = spawn(command, moved, {
    stdio: 'ignore',
    cwd: copy,
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => child.kill('SIGQUIT');
  process.once('exit', kill);
  const url = new URL(server.url);
  url.port = String(port);
  await untilItAnswers(url.href, () => child.exitCode);
  return {
    url: url.href,
    port,
    async destroy() {
      process.off('exit', kill);
      kill();
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/**
 * Lets a stopped server's next transaction be another one, as pg_resetwal would (which is not among the programs of the
 * package): in the control file, from which PostgreSQL 15 and newer take it.
 *
 * @param xid the whole number of the transaction, epoch and all
 */
export async function setNextTransaction(dataDir: string, xid: bigint): Promise<void> {
  const path = join(dataDir, 'global', 'pg_control');
  const control = await readFile(path);
  // The file ends with the checksum of its other bytes.
  let crcAt = 128;
  while (crc32c(control.subarray(0, crcAt)) !== control.readUInt32LE(crcAt)) crcAt += 4;
  // ControlFileData.checkPointCopy.nextXid
  control.writeBigUInt64LE(xid, 64);
  control.writeUInt32LE(crc32c(control.subarray(0, crcAt)), crcAt);
  await writeFile(path, control);
  // Whether its neighbours were committed is written in a file that has to be there.
  const { uid, gid } = await stat(dataDir);
  const commits = join(dataDir, 'pg_xact', ((xid % 2n ** 32n) / 2n ** 20n).toString(16).toUpperCase().padStart(4, '0'));
  await writeFile(commits, Buffer.alloc(256 * 1024), { flag: 'wx' }).catch(() => {});
  await handOver(commits, uid, gid);
}

export async function dataDirectory(server: PostgresServer): Promise<string> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.end();
  return rows[0]?.data_directory ?? '';
}

/** CRC-32C. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The program and the arguments that a server was started with, as it writes them down. */
async function startedWith(dataDir: string): Promise<{ command: string; args: string[] }> {
  const line = await readFile(join(dataDir, 'postmaster.opts'), 'utf8');
  // The path of the program is not quoted, whatever it holds.
  const [, command = '', rest = ''] = /^(.*?)((?: "[^"]*")*)\s*$/.exec(line) ?? [];
  return { command, args: [...rest.matchAll(/"([^"]*)"/g)].map(([, arg = '']) => arg) };
}

async function handOver(path: string, uid: number, gid: number): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await new Promise<void>((resolve, reject) => {
    spawn('chown', ['-R', `${uid}:${gid}`, path]).once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`chown ended with ${code}`)),
    );
  });
}

async function untilItAnswers(url: string, exitCode: () => number | null): Promise<void> {
  for (;;) {
    if (exitCode() !== null) throw new Error(`The standby ended with ${exitCode()}.`);
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
