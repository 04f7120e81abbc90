import { addressOf } from '../database/address.ts';
import { connect } from '../database/connect.ts';
import { openControlTable } from '../database/control-table.ts';
import { DatabaseError } from '../database/database-error.ts';
import { inspectTarget } from '../database/target.ts';
import { startDemo } from '../demo/start-demo.ts';
import type { Flags } from './arguments.ts';
import { printReport } from './status.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop demo`: the monitor on an embedded PostgreSQL with a migration running in it. Leaves nothing behind. */
export async function runDemo({ flags }: { flags: Flags }, surroundings: Surroundings): Promise<number> {
  const { stderr, isTerminal } = surroundings;
  const screen = isTerminal ? import('./full-screen.tsx') : null;
  // Early enough that an interrupt while the database starts finds somebody to clean up.
  const progress = (message: string): void => {
    stderr.write(isTerminal ? `\r\u001B[K${message} …` : `${message}\n`);
  };
  const demo = await startDemo({ onProgress: progress, hostUrl: new URL('./demo-host.js', import.meta.url) });
  try {
    if (isTerminal) stderr.write('\r\u001B[K');
    stderr.write(`A migration is running in an embedded PostgreSQL. To look at it beside migtop:\n  ${demo.psql}\n`);
    const { host, port, user, database } = demo.connection;
    const connection = await connect(
      addressOf({
        host,
        port: String(port),
        user,
        dbname: database,
        password: demo.connection.password ?? 'demo',
        sslmode: 'disable',
      }),
    );
    const inspect = () => inspectTarget(connection, flags.table);
    const opened = { connection, table: openControlTable(connection, await inspect()), inspect };
    if (screen === null) {
      await printReport(opened.table, surroundings, false);
      await connection.close();
      return 0;
    }
    const failed = demo.failed.then((error): never => {
      throw new DatabaseError('failed', `The embedded PostgreSQL stopped: ${error.message}`, error);
    });
    return await Promise.race([(await screen).showFullScreen(opened, flags, surroundings), failed]);
  } finally {
    await demo.stop();
  }
}
