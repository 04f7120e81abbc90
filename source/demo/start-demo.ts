import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { HostMessage, HostOptions } from './host-messages.ts';
import { listensIn, privateDirectory, removeDirectory, socketName } from './private-directory.ts';

export interface DemoOptions {
  /** Called with each step of the start. */
  readonly onProgress: (message: string) => void;
  /** The compiled host thread (host.ts); the dumped data directory (data-directory.ts) may be next to it. */
  readonly hostUrl: URL;
  /** The same seed gives the same migration. Default: 1. */
  readonly seed?: number;
  /** How many seconds of the migration pass in one second. Default: 1. */
  readonly speed?: number;
  /** Whether to add a worker that overwrites operators' actions, as the specification's updates do (rogue.ts). */
  readonly rogue?: boolean;
  /** Whether to show the situation of sql/demo/incident.sql: failures, stalls, a colleague's pause. */
  readonly incident?: boolean;
  /** Where to create the directory of the socket. Default: the system's directory for temporary files. */
  readonly directory?: string;
}

export interface Demo {
  readonly connection: { host: string; port: number; user: string; database: string; password?: string };
  /** A command that connects psql to the demo. */
  readonly psql: string;
  /** Stops the demo and removes its directory. Can be called twice. */
  stop(): Promise<void>;
  /** Resolves if the demo ends unexpectedly. Never rejects. */
  readonly failed: Promise<Error>;
}

const port = 5432;
const user = 'postgres';
const database = 'postgres';

/**
 * Starts a PostgreSQL in memory with a migration that has been running for an hour. It listens on a Unix socket in a directory
 * that only this user can enter (on Windows, on a port of 127.0.0.1).
 *
 * @throws {Error} if it cannot be started; its directory is then removed
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const directory = process.platform === 'win32' ? null : await privateDirectory(options.directory);
  // Also removes the directory if the process exits without stop(). (After SIGKILL, the next demo removes it.)
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
      incident: options.incident ?? false,
    } satisfies HostOptions,
    // PostgreSQL's output must not appear on the screen.
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

/** Turns the thread's messages into two promises: its port, and the error with which it ends. */
function listen(
  worker: Worker,
  onProgress: (message: string) => void,
): { ready: Promise<number>; failed: Promise<Error>; ignoreExit: () => void } {
  const ready = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  const onExit = (code: number): void => {
    failed.resolve(
      new Error(`The demo's PostgreSQL ended unexpectedly (exit code ${code}). Start it again with: migtop demo`),
    );
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
  // The port is omitted if it is the default one.
  const at = connection.port === port ? '' : ` port=${connection.port}`;
  // psql uses the user's name as the database by default; a short command fits on the screen.
  return `psql "host=${connection.host}${at} user=${connection.user}"`;
}
