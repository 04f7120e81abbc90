import { hostname, userInfo } from 'node:os';
import { connect, needsPassword } from '../database/connect.ts';
import type { Connection } from '../database/connection.ts';
import { passwordFileProblem } from '../database/libpq/authentication.ts';
import type { Settings } from '../database/libpq/settings.ts';
import type { WriteLock } from '../database/write-lock.ts';
import type { TableIdentity } from '../domain/audit.ts';
import { type ControlTable, openControlTable } from '../polling/control-table.ts';
import type { Flags } from './arguments.ts';
import { askPassword } from './ask-password.ts';
import { chosenSettings, guardOf } from './config/configure.ts';
import { createDiskWork } from './disk-work.ts';
import { keepsLedgers, ledgerDirectory, ledgerFiles } from './ledger-files.ts';
import { auditFile, localAudit } from './local-audit.ts';
import { withCounting } from './named-counting.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Opens the table that the arguments and the environment name.
 *
 * @param onConnected is called before the table is inspected
 * @throws {DatabaseError} with the remedy, if the table cannot be watched
 */
export function open(
  given: string | undefined,
  flags: Flags,
  surroundings: Surroundings,
  onConnected: () => void = () => {},
): Promise<ControlTable> {
  const settings = chosenSettings(given, flags, surroundings.env);
  return openAt(settings, flags, surroundings, onTerminal(surroundings), onConnected);
}

/** Opens the table of one database. @throws {DatabaseError} as `open` does */
export async function openAt(
  settings: Settings,
  flags: Flags,
  surroundings: Surroundings,
  prompts: Prompts = onTerminal(surroundings),
  onConnected: () => void = () => {},
): Promise<ControlTable> {
  const { env, date } = surroundings;
  const production = guardOf(settings, flags);
  const connection = await connectAsking(settings, flags, production, prompts);
  onConnected();
  const disk = createDiskWork();
  try {
    const auditing = {
      operator: { osUser: systemUser(), host: hostname(), client: 'migtop' },
      logFor: (table: TableIdentity) => localAudit(auditFile(env), table, date, disk),
      production,
    };
    const store = keepsLedgers(flags, env) ? ledgerFiles(ledgerDirectory(env), date, createDiskWork()) : undefined;
    const table = await openControlTable(connection, flags.table, auditing, flags.since, store);
    return withCounting(table, flags.counting);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** How migtop asks for a password, and warns. */
export interface Prompts {
  readonly ask: (user: string) => Promise<string | null>;
  readonly warn: (text: string) => void;
}

/** Asks for a password, and writes warnings, on the terminal of this process. */
export function onTerminal(surroundings: Surroundings): Prompts {
  return {
    ask: (user) => askPassword(user, surroundings),
    warn: (text) => surroundings.stderr.write(`migtop: warning: ${text}\n`),
  };
}

/**
 * Connects. Asks for a password on the terminal as psql does: before connecting with `-W`, never with `-w`, else if the
 * server requires one and none was supplied.
 *
 * @throws {DatabaseError}
 */
export async function connectAsking(
  settings: Settings,
  { askForPassword }: Flags,
  lock: WriteLock,
  { ask, warn }: Prompts,
): Promise<Connection> {
  if (askForPassword === 'first')
    return connect({ ...settings, password: await ask(settings.user) }, null, undefined, lock);
  const problem = settings.password === null ? await passwordFileProblem(settings) : null;
  if (problem !== null) warn(`${problem}; it is not used`);
  try {
    return await connect(settings, null, undefined, lock);
  } catch (error) {
    if (askForPassword === 'never' || !needsPassword(error)) throw error;
    const password = await ask(settings.user);
    if (password === null) throw error;
    return connect(settings, password, undefined, lock);
  }
}

/** The name of the system user; in a container the user id may have none. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
