import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { HostMessage, HostOptions } from './host-messages.ts';
import { listensIn, privateDirectory, removeDirectory, socketName } from './private-directory.ts';

export interface DemoOptions {
  /** Hears what is being done until the demo is ready. */
  readonly onProgress: (message: string) => void;
  /** The compiled entry of the host thread (host.ts); a dumped data directory (data-directory.ts) may lie beside it. */
  readonly hostUrl: URL;
  /** The same seed tells the same migration. */
  readonly seed?: number;
  /** How many seconds of the migration pass in one. */
  readonly speed?: number;
  /** Adds a worker that overwrites what operators do, as the specification's own updates do (rogue.ts). */
  readonly rogue?: boolean;
  /** Where the directory of the socket is made; the system's place for temporary files by default. */
  readonly directory?: string;
}

export interface Demo {
  readonly connection: { host: string; port: number; user: string; database: string; password?: string };
  /** A command line to open psql beside it. */
  readonly psql: string;
  /** Ends the demo and leaves nothing behind. Can be called twice. */
  stop(): Promise<void>;
  /** Settles only if the demo dies by itself. Never rejects. */
  readonly failed: Promise<Error>;
}

const port = 5432;
const user = 'postgres';
const database = 'postgres';

/**
 * Starts a PostgreSQL in memory with a migration that has been going on for an hour, behind a Unix socket in a
 * directory of its own that only this user can enter (on Windows, behind a port on 127.0.0.1).
 *
 * @throws {Error} when it cannot be started; nothing is left behind then
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const directory = process.platform === 'win32' ? null : await privateDirectory(options.directory);
  // Whoever ends the process without a stop() must not leave the directory behind either. (What SIGKILL leaves, the next
  // demo removes.)
  const cleanUp = (): void => {
    if (directory !== null) removeDirectory(directory);
  };
  process.once('exit', cleanUp);

  const worker = new Worker(options.hostUrl, {
    workerData: {
      listen: directory === null ? { host: '127.0.0.1', port: 0 } : { path: join(directory, socketName) },
      seed: options.seed ?? 1,
      speed: options.speed ?? 1,
      rogue: options.rogue ?? false,
    } satisfies HostOptions,
    // PostgreSQL's own words must not get onto the screen.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  const { ready, failed, ignoreExit } = listen(worker, options.onProgress);

  async function stop(): Promise<void> {
    ignoreExit();
    await worker.terminate();
    cleanUp();
    process.off('exit', cleanUp);
  }

  const outcome = await Promise.race([ready, failed]);
  if (outcome instanceof Error) {
    await stop();
    throw outcome;
  }
  if (directory !== null) listensIn(directory);
  const connection = { host: directory ?? '127.0.0.1', port: directory === null ? outcome : port, user, database };
  return { connection, psql: psqlCommand(connection), stop, failed };
}

/** Turns the thread's messages into two promises: its port, and the error that it dies of. */
function listen(
  worker: Worker,
  onProgress: (message: string) => void,
): { ready: Promise<number>; failed: Promise<Error>; ignoreExit: () => void } {
  const ready = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  const onExit = (code: number): void => {
    failed.resolve(new Error(`The demo's PostgreSQL ended by itself (code ${code}).`));
  };
  worker.on('message', (message: HostMessage) => {
    if (message.kind === 'progress') onProgress(message.message);
    else if (message.kind === 'ready') ready.resolve(message.port);
    else failed.resolve(new Error(`The demo's PostgreSQL failed: ${message.message}`));
  });
  worker.on('error', (cause) => failed.resolve(new Error("The demo's PostgreSQL failed.", { cause })));
  worker.on('exit', onExit);
  return { ready: ready.promise, failed: failed.promise, ignoreExit: () => worker.off('exit', onExit) };
}

function psqlCommand(connection: Demo['connection']): string {
  // A TCP port is named only where it is not the usual one.
  const at = connection.port === port ? '' : ` port=${connection.port}`;
  // The database is called as the user is, and psql takes that by itself: as short as it can be, it fits on the screen.
  return `psql "host=${connection.host}${at} user=${connection.user}"`;
}
