import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresProcess } from './postgres-process.ts';
import { type ServerVersion, serverFolder } from './postgres-programs.ts';

const host = '127.0.0.1';
const user = 'postgres';
const password = 'password';

const endingSignals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

// The server may still write a last file while its folder is removed.
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

const startAttempts = 10;
const startRetryMs = 500;

const settings = {
  // One address only: with two, PostgreSQL starts although another server holds the port on one of them.
  listen_addresses: host,
  unix_socket_directories: '',
  // Several files run at the same time, and several cases of a file.
  max_connections: '300',
  // `PostgresProcess` waits for the English words of the log.
  lc_messages: 'C',
  // Nothing here has to survive a loss of power.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

/** The server hashes each password once, not 4,096 times: most tests connect often. PostgreSQL 16 and newer have the setting. */
const quickPasswords = { scram_iterations: '1' };

/**
 * Memory in large pages, where Linux has them: a backend that inspects a table then takes a third of the page faults, and most tests
 * start backends. A heap that grows by several pages at once has them from the first one on, if all blocks are taken from it.
 */
const largePages = {
  GLIBC_TUNABLES: [
    'hugetlb=1',
    `top_pad=${8 * 1024 ** 2}`,
    `mmap_threshold=${32 * 1024 ** 2}`,
    `trim_threshold=${1024 ** 3}`,
  ]
    .map((setting) => `glibc.malloc.${setting}`)
    .join(':'),
};

export interface ServerOptions {
  /** Default: 18. */
  readonly version?: ServerVersion;
  /** Settings of postgresql.conf, such as `log_statement`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A private PostgreSQL server on 127.0.0.1, with its data in a temporary directory. */
export interface PostgresServer {
  /** The URL of the superuser, on the database `postgres`. It stays the same over `stop` and `start`. */
  readonly url: string;
  readonly port: number;
  /** The text of the server's log. */
  log(): string;
  /** Cuts every connection (SQLSTATE 57P01) and shuts the server down; data and port are kept. No-op when stopped. */
  stop(): Promise<void>;
  /** Starts a stopped server again, on the same port and data. No-op when it runs. */
  start(): Promise<void>;
  /** Stops the server and removes its data. It cannot be started again. */
  destroy(): Promise<void>;
}

/**
 * Initialises and starts a separate PostgreSQL server, for the whole test run or for a test that stops and
 * restarts its server. The caller has to `destroy` it.
 *
 * @throws {Error} with the end of the server's log, when it cannot be initialised or started.
 */
export async function startOwnServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const { version = 18 } = options;
  const databaseDir = serverFolder('migtop-postgres-');
  const cancelCleanUp = cleanUpAtExit(databaseDir);

  const removeData = async () => {
    await rm(databaseDir, removal);
    cancelCleanUp();
  };

  try {
    const log: string[] = [];
    const make = (onPort: number): PostgresProcess =>
      new PostgresProcess({
        version,
        databaseDir,
        port: onPort,
        user,
        password,
        initdbFlags: [
          ...['--locale=C', '--lc-messages=C', '--encoding=UTF8', '--no-sync'],
          ...(version >= 16 ? Object.entries(quickPasswords).map(([name, value]) => `-c${name}=${value}`) : []),
        ],
        settings: { ...settings, ...(version >= 16 ? quickPasswords : {}), ...options.settings },
        env: largePages,
        onLog: (message) => void log.push(message),
      });
    await initialise(make(0), log);
    const { postgres, port } = await startOnFreePort(make, log);
    let running = true;

    const stop = async () => {
      if (running) {
        running = false;
        await postgres.stop();
      }
    };

    return {
      url: `postgres://${user}:${password}@${host}:${port}/postgres`,
      port,
      log: () => log.join(''),
      stop,
      async start() {
        if (!running) {
          await startPatiently(postgres, log);
          running = true;
        }
      },
      async destroy() {
        await stop();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

/** Leaves neither server nor data behind when the process is interrupted. Returns what calls that off. */
function cleanUpAtExit(databaseDir: string): () => void {
  const cleanUp = () => {
    try {
      const [pid] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGQUIT');
    } catch {
      // It does not run.
    }
    // One removal can leave the folder behind, without an error, while the server that shuts down still writes into it.
    for (let attempt = 0; attempt < 100 && existsSync(databaseDir); attempt++) rmSync(databaseDir, removal);
  };
  process.once('exit', cleanUp);

  // A signal without a listener ends the process without the event `exit`.
  const exitHandlers = endingSignals.map((signal) => {
    const exit = () => process.exit(128 + constants.signals[signal]);
    process.once(signal, exit);
    return () => process.off(signal, exit);
  });

  return () => {
    process.off('exit', cleanUp);
    for (const off of exitHandlers) off();
  };
}

async function initialise(postgres: PostgresProcess, log: string[]): Promise<void> {
  await postgres.initialise().catch((cause: unknown) => {
    throw startFailure('initdb failed', log, cause);
  });
}

async function startOnFreePort(
  make: (port: number) => PostgresProcess,
  log: string[],
): Promise<{ postgres: PostgresProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const postgres = make(port);
    try {
      await postgres.start();
      return { postgres, port };
    } catch (cause) {
      // Another run may have taken the port since it was found free.
      if (attempt === startAttempts) throw startFailure('PostgreSQL did not start', log, cause);
    }
  }
}

async function startPatiently(postgres: PostgresProcess, log: string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await postgres.start();
      return;
    } catch (cause) {
      // Another process may still use the port for a moment.
      if (attempt === startAttempts) throw startFailure('PostgreSQL did not start again', log, cause);
      await sleep(startRetryMs);
    }
  }
}

function startFailure(what: string, log: string[], cause: unknown): Error {
  return new Error(`${what}. The end of its log:\n${log.slice(-20).join('')}`, { cause });
}

/** Below the ports that the kernel hands to outgoing connections, or one of those takes it while the server is stopped. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 30_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
