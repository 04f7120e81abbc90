import { addressOf } from '../database/address.ts';
import { startDemo } from '../demo/start-demo.ts';
import type { Flags } from './arguments.ts';
import { openAt } from './open.ts';
import { printReport } from './status.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop demo`: the monitor on an embedded PostgreSQL with a migration running in it. Leaves nothing behind. */
export async function runDemo({ flags }: { flags: Flags }, surroundings: Surroundings): Promise<number> {
  const { stderr, isTerminal } = surroundings;
  // The screen is loaded while the database starts.
  const screen = isTerminal ? import('./full-screen.tsx') : null;
  // An interrupt before the screen is there leaves through exit(), which cleans up; dying of it would not.
  const stopListening = surroundings.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => surroundings.exit(1));
  const demo = await startDemo({
    onProgress: (message) => stderr.write(isTerminal ? `\r\u001B[K${message} …` : `${message}\n`),
    hostUrl: new URL('./demo-host.js', import.meta.url),
  });
  try {
    if (isTerminal) stderr.write('\r\u001B[K');
    stderr.write(`A migration is running in an embedded PostgreSQL. To look at it beside migtop:\n  ${demo.psql}\n`);
    const { host, port, user, database, password = '' } = demo.connection;
    const address = addressOf({ host, port: String(port), user, dbname: database, password, sslmode: 'disable' });
    const table = await openAt(address, flags, surroundings);
    stopListening();
    if (screen !== null) {
      const { showFullScreen } = await screen;
      return await showFullScreen(table, flags, surroundings, {
        greeting: `beside it: ${demo.psql}`,
        failure: demo.failed,
      });
    }
    await printReport(table, surroundings, false);
    await table.close();
    return 0;
  } finally {
    await demo.stop();
  }
}
