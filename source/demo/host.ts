import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import incident from '../../sql/demo/incident.sql';
import schema from '../../sql/migration_control.sql';
import audit from '../../sql/options/audit.sql';
import { openDatabase } from './data-directory.ts';
import type { HostMessage, HostOptions } from './host-messages.ts';
import { createIncident } from './incident.ts';
import type { Query } from './query.ts';
import { serve } from './server.ts';
import { openPGliteSession, type PGliteSession } from './session.ts';
import { createSessionLock, type SessionLock, type SessionUser } from './session-lock.ts';
import { createSimulation, type Simulation } from './simulation.ts';

/** How long a client may be idle in a transaction while others wait, in milliseconds. Then its connection is closed. */
const idleTimeoutMs = 20_000;
const tickMs = 200;
/** Maximum time of one step, in milliseconds: after the process was stopped, the migration does not catch up. */
const maxTickMs = 1_000;

/** Runs the demo's PostgreSQL and its migration in a separate thread, so that the screen never waits for them. */
async function host(options: HostOptions): Promise<void> {
  post({ kind: 'progress', message: 'starting PostgreSQL' });
  const db = await openDatabase(fileURLToPath(new URL('.', import.meta.url)));
  const timeZone = await setLocalTimeZone(db);

  post({ kind: 'progress', message: 'creating the schema' });
  await db.exec(schema);
  // Actions in the demo are recorded in the demo, not in the user's local audit.
  await db.exec(audit);

  post({ kind: 'progress', message: 'filling in the last hour' });
  if (options.incident) await db.exec(incident);
  const lock = createSessionLock(idleTimeoutMs);
  const session = await openPGliteSession(db, timeZone);
  const query = throughLock(session, lock);
  const simulation = options.incident ? createIncident(query) : await createSimulation(query, options);

  const port = await serve(session, lock, options.listen);
  post({ kind: 'ready', port });
  await run(simulation, options.speed);
}

async function run(simulation: Simulation, speed: number): Promise<never> {
  for (let last = performance.now(); ; ) {
    await sleep(tickMs);
    const now = performance.now();
    await simulation.advance((Math.min(now - last, maxTickMs) * speed) / 1_000);
    last = now;
  }
}

/** Runs the simulation's statements when no client holds the session. */
function throughLock(session: PGliteSession, lock: SessionLock): Query {
  // Each statement is its own transaction, so the session is never held.
  const sessionUser: SessionUser = { terminate: () => {} };
  return (text, values) =>
    lock.run(sessionUser, async () => ({ left: 'free', result: await session.query(text, values) }));
}

/** Sets the session's time zone to the local one; UTC if PostgreSQL does not know it. */
async function setLocalTimeZone(db: PGlite): Promise<string> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    await db.exec(`SET TimeZone TO '${timeZone.replaceAll("'", "''")}'`);
    return timeZone;
  } catch {
    return 'UTC';
  }
}

function post(message: HostMessage): void {
  parentPort?.postMessage(message);
}

host(workerData as HostOptions).catch((error: unknown) => {
  post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
