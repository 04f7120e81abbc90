import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import schema from '../../sql/migration_control.sql';
import audit from '../../sql/options/audit.sql';
import { openDatabase } from './data-directory.ts';
import type { HostMessage, HostOptions } from './host-messages.ts';
import type { Query } from './query.ts';
import { serve } from './server.ts';
import { openSession, type Session } from './session.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import { createTurnstile, type Turnstile, type Visitor } from './turnstile.ts';

/** How long somebody beside the demo may leave a transaction open before it is ended, as it stops everything else. */
const patienceMs = 20_000;
const tickMs = 200;
/** After a halt of the whole process the migration goes on where it was, rather than make up for the time. */
const longestTickMs = 1_000;

/** The thread in which the demo's PostgreSQL and its migration run, so that the screen never waits for them. */
async function host(options: HostOptions): Promise<void> {
  say({ kind: 'progress', message: 'starting PostgreSQL' });
  const db = await openDatabase(fileURLToPath(new URL('.', import.meta.url)));
  const timeZone = await setLocalTimeZone(db);

  say({ kind: 'progress', message: 'creating the schema' });
  await db.exec(schema);
  // What is done to the demo is written down in the demo, not among the user's own files.
  await db.exec(audit);

  say({ kind: 'progress', message: 'filling in the last hour' });
  const turnstile = createTurnstile(patienceMs);
  const session = await openSession(db, timeZone);
  const simulation = await createSimulation(inTurn(session, turnstile), options);

  const port = await serve(session, turnstile, options.listen);
  say({ kind: 'ready', port });
  await run(simulation, options.speed);
}

async function run(simulation: Simulation, speed: number): Promise<never> {
  for (let last = performance.now(); ; ) {
    await sleep(tickMs);
    const now = performance.now();
    await simulation.advance((Math.min(now - last, longestTickMs) * speed) / 1_000);
    last = now;
  }
}

/** The simulation's way to the database: in turn with the clients. */
function inTurn(session: Session, turnstile: Turnstile): Query {
  // Every statement is a transaction of its own, so the session is never held.
  const visitor: Visitor = { evict: () => {} };
  return (text, values) =>
    turnstile.run(visitor, async () => ({ left: 'free', result: await session.query(text, values) }));
}

/** The database's clock shows what the clock on the wall does, as far as PostgreSQL knows the place. */
async function setLocalTimeZone(db: PGlite): Promise<string> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    await db.exec(`SET TimeZone TO '${timeZone.replaceAll("'", "''")}'`);
    return timeZone;
  } catch {
    return 'UTC';
  }
}

function say(message: HostMessage): void {
  parentPort?.postMessage(message);
}

host(workerData as HostOptions).catch((error: unknown) => {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
