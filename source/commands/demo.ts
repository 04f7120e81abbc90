import { settingsOf } from '../database/libpq/settings.ts';
import { rogue } from '../demo/rogue.ts';
import { startDemo } from '../demo/start-demo.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { initCommand } from '../domain/option-names.ts';
import type { Flags } from './arguments.ts';
import { isPlain } from './is-plain.ts';
import { openAt } from './open.ts';
import { showLines } from './plain.ts';
import { customCommands } from './run-custom.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import { printReport } from './status.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop demo`: the monitor on an embedded PostgreSQL with a simulated migration. Removes all of it at the end. */
export async function runDemo({ flags }: { flags: Flags }, surroundings: Surroundings): Promise<number> {
  const { stderr } = surroundings;
  const isLines = isPlain(flags, surroundings);
  const { config } = flags.configured ?? {};
  const personal = config?.file == null ? undefined : (await import('./config/personalize.ts')).personalize(config);
  const isTerminal = surroundings.isTerminal && !isLines;
  // Load the screen while the database starts.
  const screen = isTerminal ? import('./full-screen.tsx') : null;
  // Before the screen is shown, a signal has to end the program through exit(), which removes the demo's directory.
  const stopListening = surroundings.onSignal(signalsThatEnd(), (signal) => surroundings.exit(signalExitCode(signal)));
  const demo = await startDemo({
    onProgress: (message) => stderr.write(isTerminal ? `\r\u001B[K${message} …` : `${message}\n`),
    hostUrl: new URL('./demo-host.js', import.meta.url),
    rogue: flags.rogue,
    incident: flags.incident,
  });
  const guard = `${initCommand('guard')} ${demo.psql.replace(/^psql /, '')}`;
  try {
    if (isTerminal) stderr.write('\r\u001B[K');
    stderr.write(`A migration is running in an embedded PostgreSQL. Connect with:\n  ${cleanLine(demo.psql)}\n`);
    if (flags.rogue) {
      stderr.write(
        `Worker ${rogue.workerId} (${rogue.table}) reports as in the specification: its next report undoes a pause.\nInstall the guard with:\n  ${cleanLine(guard)}\n`,
      );
    }
    const { host, port, user, database, password = '' } = demo.connection;
    const settings = settingsOf({ host, port: String(port), user, dbname: database, password, sslmode: 'disable' });
    // Its database is removed at the end.
    const table = await openAt(settings, { ...flags, cache: false }, surroundings);
    stopListening();
    if (isLines) return await showLines(table, flags, surroundings, demo.failed);
    if (screen !== null) {
      const { showFullScreen } = await screen;
      return await showFullScreen(table, flags, surroundings, {
        greeting: flags.rogue ? `install the guard with: ${guard}` : `connect with: ${demo.psql}`,
        connectWith: demo.psql,
        failure: demo.failed,
        personal,
        ...(config === undefined ? {} : { custom: customCommands(config.commands, surroundings.env, null) }),
      });
    }
    await printReport(table, surroundings, false, flags);
    await table.close();
    return 0;
  } finally {
    await demo.stop();
    // The lines from before the screen are on the terminal again: they no longer hold.
    if (isTerminal) stderr.write('The demo has ended: its PostgreSQL is stopped and removed.\n');
  }
}
