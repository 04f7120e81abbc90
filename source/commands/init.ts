import type { Connection } from '../database/connection.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from '../database/database-error.ts';
import { type Installed, readInstalled } from '../database/installed.ts';
import { whyNoWrites } from '../database/read-only.ts';
import { sqlFor } from '../database/sql.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { type OptionName, optionNames } from '../domain/option-names.ts';
import { isPlainTable } from '../domain/quotable.ts';
import { quoteName } from '../domain/quote-name.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Flags } from './arguments.ts';
import { askYes } from './ask-yes.ts';
import { chosenSettings, guardOf, unlockNamed } from './config/configure.ts';
import { type InitPlan, type InitRequest, initFiles, initPlan, initScript } from './init-sql.ts';
import { connectAsking, onTerminal } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Maximum duration of one statement in seconds: creating an index on a large table takes long. Locks are waited for two seconds at most. */
const maximumSeconds = 3600;

/** The name in the specification, in the first schema of the search path. */
const usualTable = 'migration_control';

/** The database, and what it has already. */
interface Place {
  readonly connection: Connection;
  /** The control table; null if it does not exist yet. */
  readonly before: Installed | null;
  readonly request: InitRequest;
  readonly plan: InitPlan;
}

/**
 * `migtop init`: prints the SQL of the table and of its options, or shows it and runs it with --apply: all of it in one transaction, apart
 * from indexes and the check of existing rows. An existing table keeps its rows. With a connection, it says what exists already.
 */
export async function runInit(
  { connection: given, flags }: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { env, stdout } = surroundings;
  const { options, remove } = flags.init;
  if (flags.table !== usualTable && options.length === 0) {
    throw new DatabaseError(
      'usage',
      'init takes no --table: it creates migration_control, the name in the specification, in the first schema of the search path. With --guard, --audit, --roles or --indexes, --table names an existing table.',
    );
  }
  if (!flags.apply && given === undefined && flags.target === undefined) {
    const isUsual = flags.table === usualTable;
    await print(stdout, initFiles({ ...flags.init, withTable: !remove && isUsual }, isUsual ? null : flags.table));
    return 0;
  }
  // It has no such option: this is `read_only` of the configuration file.
  if (flags.apply && flags.readOnly)
    throw new DatabaseError('failed', 'Cannot apply it: read-only: read_only is set in the configuration file.');
  const settings = chosenSettings(given, flags, env);
  const production = guardOf(settings, flags);
  const connection = await connectAsking(settings, flags, production, onTerminal(surroundings));
  try {
    if (flags.apply) {
      const [row] = await connection.read(sqlFor('creation', usualTable));
      if (row !== undefined) production.nameDatabase(String(row.database));
      unlockNamed(production, flags.production);
      const why = await whyNoWrites(connection);
      if (why !== null) throw new DatabaseError('failed', `Cannot apply it: read-only: ${why}.`);
    }
    const place = await look(connection, flags);
    if (!flags.apply) {
      const { before, request } = place;
      const found =
        before === null ? [`${usualTable} does not exist`] : [`${before.table} exists`, ...states(before, request)];
      await print(stdout, `${found.map((line) => `-- ${cleanLine(line)}`).join('\n')}\n\n${initScript(place.plan)}`);
      return 0;
    }
    return await apply(place, flags, surroundings);
  } finally {
    await connection.close();
  }
}

async function look(connection: Connection, flags: Flags): Promise<Place> {
  const { options, remove, discardAudit } = flags.init;
  const found = await readInstalled(connection, flags.table);
  const database = connection.address.database;
  if (found === null && (remove || flags.table !== usualTable)) {
    throw new DatabaseError(
      'no-table',
      `There is no ${isPlainTable(flags.table) ? `table ${flags.table}` : 'such table'} in database "${database}". Name it with --table schema.name`,
    );
  }
  if (found !== null && options.length > 0 && !found.isTable)
    throw new DatabaseError('unfit-table', `${visibleName(found.table)} is not a table: it takes no options.`);
  // An option for a table that exists leaves the table alone: it may be in another schema than the first one.
  const withTable = options.length === 0 || found === null;
  const request = { options, remove, discardAudit, withTable };
  const [creation] = await connection.read(sqlFor('creation', usualTable));
  const table = found?.table ?? `${String(creation?.schema ?? 'public')}.${usualTable}`;
  return { connection, before: found, request, plan: initPlan(request, table) };
}

async function apply(place: Place, flags: Flags, surroundings: Surroundings): Promise<number> {
  const { connection, before, request, plan } = place;
  const { stdout, stderr, isTerminal } = surroundings;
  const { host, database } = connection.address;
  const [first] = await connection.read(sqlFor('creation', usualTable));
  // The SQL is shown first, also in a log; standard output of a script has only the results.
  await print(isTerminal ? stdout : stderr, `${initScript(plan)}\n`);
  if (isTerminal && !flags.init.yes) {
    const question = cleanLine(`Run this in database "${database}" at ${host}?`);
    if (!(await askYes(question, surroundings))) {
      stderr.write('migtop: nothing was changed\n');
      return 1;
    }
  }
  await run(place, 'together');
  const [now] = request.withTable ? await connection.read(sqlFor('creation', usualTable)) : [];
  if (now !== undefined && now.owner !== now.role)
    stderr.write(`migtop: note: ${visibleName(`${now.schema}.${usualTable} belongs to ${now.owner}`)}\n`);
  const lines: string[] = [];
  if (request.withTable) {
    const isNew = first === undefined || first.owner === null;
    lines.push(
      `${isNew ? 'created migration_control' : 'migration_control already exists'} in database "${database}" at ${host}`,
    );
  }
  let failure: unknown = null;
  try {
    await run(place, 'apart');
  } catch (error) {
    failure = error;
  }
  const name = before?.table ?? `${String(now?.schema)}.${usualTable}`;
  const after = await readInstalled(connection, name);
  if (after !== null) {
    lines.push(...results(before, after, request));
    if (request.options.includes('roles') && after.beyondRoles !== null && !request.remove)
      stderr.write(`migtop: note: ${cleanLine(`${after.beyondRoles}: PUBLIC or another role has granted it`)}\n`);
  }
  for (const line of lines) await print(stdout, `${cleanLine(line)}\n`);
  if (failure !== null) throw failure;
  return 0;
}

/** @throws {DatabaseError} with the remedy; a transaction that failed has changed nothing */
async function run({ connection, request, plan }: Place, part: 'together' | 'apart'): Promise<void> {
  try {
    if (part === 'together') {
      if (plan.together.length === 0) return;
      const settings = [
        'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
        `SET LOCAL statement_timeout = '${maximumSeconds}s'`,
      ];
      await connection.readAll(
        [...settings, ...plan.together].map((text) => ({ text })),
        maximumSeconds,
      );
    } else {
      for (const text of plan.apart) await connection.readAll([{ text }], maximumSeconds);
    }
  } catch (error) {
    throw await explained(error, connection, request);
  }
}

async function explained(
  error: unknown,
  connection: Connection,
  { options, remove, withTable }: InitRequest,
): Promise<unknown> {
  const cause = error instanceof DatabaseError ? error.cause : undefined;
  const { user, database } = connection.address;
  const state = sqlStateOf(cause);
  if (state === '') return error;
  const hint = cause instanceof Error && 'hint' in cause && typeof cause.hint === 'string' ? ` ${cause.hint}` : '';
  const why = messageOf(cause).replace(/\.$/, '');
  if (state === sqlState.lockNotAvailable)
    return new DatabaseError(
      'failed',
      `Another session uses the table (${why}). Nothing was changed; run it again.`,
      error,
    );
  if (withTable && state === sqlState.undefinedColumn)
    return new DatabaseError(
      'unfit-table',
      `A different table migration_control already exists: ${messageOf(cause)}. Rename it, or use another schema: migtop init --apply "dbname=${database} options='-c search_path=…'"`,
      error,
    );
  if (withTable && state === sqlState.invalidSchemaName)
    return new DatabaseError(
      'failed',
      `Cannot create the table: ${messageOf(cause)}. Create the first schema of the search path: CREATE SCHEMA …`,
      error,
    );
  const isPrivilege = state === sqlState.insufficientPrivilege;
  if (options.length === 0) {
    if (!isPrivilege) return error;
    return new DatabaseError(
      'no-privilege',
      `User "${user}" cannot create the table: ${messageOf(cause)}. ${await remedyOf(connection)}`,
      error,
    );
  }
  const what = options.map((name) => `the ${name}`).join(' and ');
  const remedy = hint !== '' ? hint : isPrivilege && withTable ? ` ${await remedyOf(connection)}` : '';
  return new DatabaseError(
    isPrivilege ? 'no-privilege' : 'failed',
    `Cannot ${remove ? 'remove' : 'install'} ${what}: ${why}.${remedy}`,
    error,
  );
}

/** One line for each option that was asked for: its state now. */
function states(found: Installed, { options }: InitRequest): readonly string[] {
  const asked = options.length === 0 ? optionNames : options;
  return asked.map((name) => `${subjectOf(name, found.options[name] === null ? 'not installed' : 'installed')}`);
}

/** One line for each option that was asked for: what was done. */
function results(before: Installed | null, after: Installed, { options, remove }: InitRequest): readonly string[] {
  return optionNames
    .filter((name) => options.includes(name))
    .map((name) => {
      const [was, is] = [before?.options[name] ?? null, after.options[name]];
      const table = visibleName(after.table);
      if (remove) {
        if (was === null) return `${subjectOf(name, 'not installed')} on ${table}`;
        return is === null
          ? `removed the ${name} from ${table}`
          : `the ${name} of ${table} ${isOrAre(name)} still there`;
      }
      if (is === null) return `${subjectOf(name, 'not installed')} on ${table}`;
      if (was === null) return `installed the ${name} on ${table}`;
      return was === is ? `${subjectOf(name, 'already installed')} on ${table}` : `repaired the ${name} on ${table}`;
    });
}

function subjectOf(name: OptionName, state: string): string {
  return `the ${name} ${isOrAre(name)} ${state}`;
}

function isOrAre(name: OptionName): 'is' | 'are' {
  return name === 'roles' || name === 'indexes' ? 'are' : 'is';
}

/** The remedy for a missing privilege: the role that can create the table, or the grant. */
async function remedyOf(connection: Connection): Promise<string> {
  const { user, database } = connection.address;
  const [row] = await connection.read(sqlFor('creation', usualTable)).catch(() => []);
  if (row !== undefined && row.owner !== null && row.may_create === true)
    return `The table already exists but is incomplete: run migtop init --apply as its owner, ${visibleName(String(row.owner))}.`;
  const schema = row === undefined ? '…' : visibleName(String(row.schema));
  const role = row === undefined ? quoteName(user) : visibleName(String(row.role));
  return `Ask the owner of database "${database}" for: GRANT CREATE ON SCHEMA ${schema} TO ${role}`;
}
