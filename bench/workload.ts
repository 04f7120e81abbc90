import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backendOf } from '../test/support/pg-client.ts';
import { startChurn } from './churn.ts';
import type { Lab } from './lab.ts';

/** A simulated migration that runs until it is stopped. */
export interface Workload extends AsyncDisposable {
  stop(): Promise<void>;
}

const stepMs = 250;
const mostWorkerSessions = 36;

/** A table as small as that of the smoke run has fewer sessions: to open them would take longer than to measure. */
const rowsASession = 250;

/** Minimum and maximum duration of a worker's statement, in seconds. */
const statementSeconds = [0.6, 4] as const;

/**
 * Changes rows as workers do, four times a second, and keeps sessions busy with long statements, as the workers' own are, so that a
 * monitor of sessions has something to show.
 */
export async function startWorkload(
  { server, options }: Pick<Lab, 'server' | 'options'>,
  database: string,
  { rowsASecond, seed }: { readonly rowsASecond: number; readonly seed: number },
): Promise<Workload> {
  const stopping = new AbortController();
  const workerSessions = Math.min(mostWorkerSessions, Math.ceil(options.smallRows / rowsASession));
  const clients = await Promise.all(
    Array.from({ length: workerSessions + 1 }, (_, number) =>
      open(server.url(database, number === 0 ? 'churn' : `worker ${number}`)),
    ),
  );
  const [writing, ...copying] = clients;
  if (writing === undefined) throw new Error('no connection');
  const churn = await startChurn(writing, seed);
  const write = async (): Promise<void> => {
    for (let nextMs = performance.now(); !stopping.signal.aborted; nextMs += stepMs) {
      await churn.work(Math.max(2, Math.round((rowsASecond * stepMs) / 1000)));
      await sleep(Math.max(0, nextMs + stepMs - performance.now()), undefined, { signal: stopping.signal }).catch(
        () => {},
      );
    }
  };
  const copy = async (client: pg.Client, worker: number): Promise<void> => {
    for (let batch = 0; !stopping.signal.aborted; batch++) {
      const [least, most] = statementSeconds;
      const seconds = least + (((worker * 31 + batch * 17) % 100) / 100) * (most - least);
      await client
        .query(
          `/* worker ${worker}, batch ${batch} */ SELECT pg_sleep(${seconds.toFixed(2)}) -- INSERT INTO cases SELECT * FROM legacy_table_${worker} ORDER BY id LIMIT 500 OFFSET ${batch * 500}`,
        )
        // Cancelled when the workload stops. If the connection is lost, every further statement would fail too: stop.
        .catch(() => stopping.abort());
    }
  };
  const running = [write(), ...copying.map((client, worker) => copy(client, worker + 1))];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      stopping.abort();
      await Promise.all([running[0], cancel(server, database, copying)]);
      await Promise.all(running);
      await Promise.all(clients.map((client) => client.end()));
    })();
    return stopped;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function open(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function cancel(server: Lab['server'], database: string, sessions: readonly pg.Client[]): Promise<void> {
  const client = await open(server.url(database));
  const pids = sessions.map(backendOf);
  await client.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
  await client.end();
}
