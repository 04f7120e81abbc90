import { visibleName } from '../domain/visible-name.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { fieldsOf, type JsonFields } from './fields.ts';
import type { Statement } from './literals.ts';
import type { Reader } from './read-ahead.ts';
import { sqlFor } from './sql.ts';

/** Notes for the operator about the name and the code of the table. */
export interface TableNotes {
  /** Other relations of the same name in schemas that this role may use, quoted; those on the search path first. */
  readonly namesakes: readonly string[];
  /** Sentences: which of several tables migtop watches, and which code of other roles runs with this role's privileges. */
  readonly notes: readonly string[];
  /**
   * Why migtop refuses the name; null if it does not. The name may mean another owner's table on the search path, whose code
   * would run with this role's privileges before the operator sees which table it is.
   */
  readonly refusal: string | null;
}

interface Row {
  readonly kind?: unknown;
  readonly body?: unknown;
}

/** Maximum number of names in a note: more would not fit on its line. */
const mostNamed = 3;

/** The statement of `readNotes` (sql/queries/notes.sql). */
export function notesStatement(table: string, named: string): Statement {
  return { text: sqlFor('notes', table), values: [table, isBareName(named) ? named : null] };
}

/**
 * @param table the full name of the watched table
 * @param named the table as the user wrote it
 */
export async function readNotes(reader: Reader, table: string, named: string): Promise<TableNotes> {
  const isBare = isBareName(named);
  const { text, values } = notesStatement(table, named);
  let rows: readonly Row[];
  try {
    rows = await reader.read(text, values);
  } catch (error) {
    return { namesakes: [], notes: [`cannot look for other tables of this name: ${refusalOf(error)}`], refusal: null };
  }
  const bodies = (kind: string) => rows.filter((row) => row.kind === kind).map(({ body }) => fieldsOf(body));
  const namesakes = bodies('namesake');
  let code: readonly string[] = [];
  let unknown: readonly string[] = [];
  try {
    if (rows.some(({ kind }) => kind === 'others')) code = codeNotes(await reader.read(sqlFor('code', table), [table]));
  } catch (error) {
    unknown = [`cannot look for code of other owners: ${refusalOf(error)}`];
  }
  const rivals = isBare ? namesakes.filter((other) => other.on_path === true && other.same_owner !== true) : [];
  return {
    namesakes: namesakes.map(({ name }) => visibleName(String(name))),
    notes: [...code, ...unknown, ...(isBare ? nameNotes(table, bodies('named')[0], namesakes) : [])],
    refusal:
      rivals.length > 0 && code.length > 0
        ? `${table} comes first on the search path, and ${list(rivals.map(({ name }) => visibleName(String(name))))} is there too: ${code.join('; ')}. Name the table that you mean with --table schema.name`
        : null,
  };
}

/**
 * The message of a refused read: the privilege to read a catalog may be revoked from this role, and migtop can still watch the table.
 *
 * @throws {Error} any other error
 */
function refusalOf(error: unknown): string {
  if (sqlStateOf(error instanceof DatabaseError ? error.cause : error) !== sqlState.insufficientPrivilege) throw error;
  return messageOf(error);
}

/** Whether a name has no schema. */
function isBareName(named: string): boolean {
  return /^\s*("([^"]|"")*"|[^".]*)\s*$/.test(named);
}

function nameNotes(table: string, named: JsonFields | undefined, namesakes: readonly JsonFields[]): string[] {
  if (namesakes.length === 0) return [];
  const watched = `${table}${named?.owner == null ? '' : ` (owner ${visibleName(String(named.owner))})`}`;
  const first = named?.name == null ? null : visibleName(String(named.name));
  const others = list(namesakes.map(({ name }) => visibleName(String(name))));
  if (first !== null && first !== table) {
    return [`still watching ${watched}, though ${first} comes first on the search path now`];
  }
  const isOnPath = namesakes.some((other) => other.on_path === true);
  return [
    `watching ${watched}${isOnPath ? ', first on the search path' : ''}; ${others} ${namesakes.length === 1 ? 'exists' : 'exist'} too: choose with --table`,
  ];
}

/** @param code the rows of sql/queries/code.sql */
function codeNotes(code: readonly JsonFields[]): string[] {
  const [first] = code;
  if (first === undefined) return [];
  const names = code.map(({ kind, name, owner }) => visibleName(`${kind} ${name} (owner ${owner})`));
  return [
    `you are ${visibleName(String(first.rights))}, and code of other owners runs with your privileges: ${list(names)}`,
  ];
}

function list(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return more > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${more} more` : names.join(', ');
}
