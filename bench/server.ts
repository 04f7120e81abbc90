import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { constants, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PostgresProcess } from '../test/support/postgres-process.ts';

/** A private PostgreSQL server that keeps its data for the next run. */
export interface BenchServer {
  readonly port: number;
  /** The process id of the postmaster. */
  readonly pid: number;
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
  /** A connection URL for the superuser, without TLS. @param application application_name */
  url(database: string, application?: string): string;
  stop(): Promise<void>;
}

export const user = 'postgres';
export const password = 'password';
export const host = '127.0.0.1';

const startAttempts = 5;

/** The settings that are not PostgreSQL's defaults; the results list them. fsync and synchronous_commit stay on. */
function settingsHere(): Record<string, string> {
  const quarterMb = Math.floor(totalmem() / 4 / 2 ** 20);
  return {
    shared_buffers: `${Math.min(4096, quarterMb)}MB`,
    max_connections: '200',
    max_wal_size: '4GB',
  };
}

/**
 * Starts the server on its data directory, which it creates if there is none.
 *
 * @throws {Error} if another run uses the directory, or if the server does not start (with the end of its log)
 */
export async function startServer(folder: string): Promise<BenchServer> {
  const databaseDir = resolve(folder, 'server');
  await mkdir(databaseDir, { recursive: true });
  const running = runningServer(databaseDir);
  if (running !== null)
    throw new Error(
      `Another bench is running a server on ${databaseDir} (process ${running}). Wait until it ends, or use another directory with --data.`,
    );

  const log: string[] = [];
  const settings = settingsHere();
  if (!existsSync(join(databaseDir, 'PG_VERSION')))
    await serverOn(databaseDir, 0, {}, log)
      .initialise()
      .catch((cause: unknown) => {
        throw new Error(
          `initdb failed. For root, the server runs as the system user postgres, who must be able to enter ${databaseDir}. Otherwise use another directory with --data.\n${log.slice(-20).join('')}`,
          { cause },
        );
      });
  const { postgres, port } = await start(databaseDir, settings, log);
  const pid = runningServer(databaseDir) ?? 0;
  const cancelStop = stopAtExit(postgres, pid);

  const url = (database: string, application = 'bench'): string =>
    `postgres://${user}:${password}@${host}:${port}/${database}?sslmode=disable&application_name=${application}`;
  return {
    port,
    pid,
    version: await versionAt(url('postgres')),
    settings,
    url,
    async stop() {
      cancelStop();
      await postgres.stop();
    },
  };
}

function serverOn(databaseDir: string, port: number, settings: Record<string, string>, log: string[]): PostgresProcess {
  return new PostgresProcess({
    version: 18,
    databaseDir,
    port,
    user,
    password,
    initdbFlags: ['--locale=C', '--lc-messages=C', '--encoding=UTF8'],
    settings: { listen_addresses: host, unix_socket_directories: '', lc_messages: 'C', ...settings },
    onLog: (message) => log.push(message),
  });
}

async function start(
  databaseDir: string,
  settings: Record<string, string>,
  log: string[],
): Promise<{ postgres: PostgresProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    // Below the kernel's ephemeral ports. If the port is in use, the next attempt takes another one.
    const port = randomInt(15_000, 30_000);
    const postgres = serverOn(databaseDir, port, settings, log);
    try {
      await postgres.start();
      return { postgres, port };
    } catch (cause) {
      if (attempt === startAttempts)
        throw new Error(`PostgreSQL did not start. The end of its log:\n${log.slice(-20).join('')}`, { cause });
      await sleep(500);
    }
  }
}

/** The process id of the server that is running on a data directory; null if none is. */
function runningServer(databaseDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    return /postgres/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ? pid : null;
  } catch {
    return null;
  }
}

let ending = false;

/** Whether a signal is ending the bench: it exits when the server has stopped. */
export function isEnding(): boolean {
  return ending;
}

/** Stops the server however the bench ends. Returns a function that cancels this. */
function stopAtExit(postgres: PostgresProcess, pid: number): () => void {
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
  const handlers = signals.map((signal) => {
    const handler = (): void => {
      const code = 128 + constants.signals[signal];
      ending = true;
      // Running queries now lose their connections; their errors are expected.
      process.on('unhandledRejection', () => {});
      void Promise.race([postgres.stop(), sleep(20_000)]).finally(() => process.exit(code));
    };
    process.once(signal, handler);
    return () => process.off(signal, handler);
  });
  const kill = (): void => {
    try {
      // The data are safe: the next start recovers them.
      process.kill(pid, 'SIGQUIT');
    } catch {
      // It has ended already.
    }
  };
  process.once('exit', kill);
  return () => {
    process.off('exit', kill);
    for (const off of handlers) off();
  };
}

async function versionAt(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? 'unknown';
}
