import { parse, TomlError } from 'smol-toml';
import { DatabaseError, messageOf } from '../../database/database-error.ts';
import { parseConninfo } from '../../database/libpq/conninfo.ts';
import { type ConnectionParameters, isKeyword } from '../../database/libpq/keywords.ts';
import { cleanLine } from '../../domain/clean-text.ts';
import { counting, interval, since, tableName, until } from '../flag-values.ts';
import { checkKeys, isTable, problemAt } from './check-keys.ts';
import type { Config, ConfiguredTarget, CustomCommand, Preferences } from './config.ts';
import { type ConfigText, shownPath } from './config-file.ts';
import { type ColumnList, columnLists } from './declaration.ts';
import { keyPositions } from './positions.ts';

type Table = Readonly<Record<string, unknown>>;

/** Maximum depth of arrays and inline tables. */
const deepest = 8;
const usualTimeout = 30;
const longestTimeout = 3600;

/**
 * Reads a configuration file's text.
 *
 * @throws {DatabaseError} kind `usage`, with the file, the line and the column
 */
export function parseConfig({ file, text, isReadableByOthers }: ConfigText): Config {
  const root = parsed(file, text);
  const wrong = problemAt(file, keyPositions(text));
  checkKeys(root, wrong);
  /** Runs a reader of command line values, whose messages begin with the option. */
  const reading = <T>(path: readonly string[], read: () => T): T => {
    try {
      return read();
    } catch (error) {
      const problem = messageOf(error)
        .replace(/^--[a-z-]+/, path.join('.'))
        .replace(/ \(see: migtop --help\)$/, '');
      throw wrong(path, problem);
    }
  };
  const preferences = (table: Table, above: readonly string[]): Preferences => {
    const read = <T>(name: string, how: (text: string) => T): T | undefined =>
      table[name] === undefined ? undefined : reading([...above, name], () => how(String(table[name])));
    const found = {
      table: read('table', tableName),
      intervalSeconds: read('interval', interval),
      since: read('since', since) ?? undefined,
      until: read('until', until) ?? undefined,
      counting: isTable(table.counting)
        ? counting(Object.entries(table.counting).map(([name, how]) => `${name}=${String(how)}`))
        : undefined,
      readOnly: table.read_only,
      theme: table.theme,
      ambiguousWidth: table.ambiguous_width === undefined ? undefined : String(table.ambiguous_width),
    };
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Preferences;
  };
  const targetOf = (name: string, table: Table): ConfiguredTarget => {
    const path = ['targets', name];
    const parameters: ConnectionParameters =
      table.url === undefined ? {} : reading([...path, 'url'], () => parseConninfo(String(table.url)));
    for (const [key, value] of Object.entries(table)) if (isKeyword(key)) parameters[key] = String(value);
    if (Object.keys(parameters).length === 0)
      throw wrong(path, `target ${name} names no database: give url, or host and dbname`);
    if (parameters.password !== undefined && isReadableByOthers)
      throw wrong(
        [...path, table.password === undefined ? 'url' : 'password'],
        `other users can read this password: chmod 600 ${shownPath(file)}, or put it into ~/.pgpass`,
      );
    return { ...preferences(table, path), name, parameters, production: table.production === true };
  };
  const targets = tablesIn(root.targets).map(([name, table]) => targetOf(name, table));
  const target = typeof root.target === 'string' ? root.target : null;
  if (target !== null && !targets.some(({ name }) => name === target))
    throw wrong(['target'], 'there is no target of that name in this file');
  const productionHosts = listIn(root.production_hosts);
  if (productionHosts.some((pattern) => !/^[\w.*:@/-]{1,255}$/.test(pattern)))
    throw wrong(['production_hosts'], 'production_hosts takes host names and addresses, with * for any characters');
  // Such a pattern would match no host, and leave production unlocked.
  if (productionHosts.some((pattern) => /^[^:]*:\d+$|^[^/@].*[/@]/.test(pattern)))
    throw wrong(
      ['production_hosts'],
      'production_hosts takes host names and addresses without a port, a user or a network mask: "*.prod.example.com", "10.1.*"',
    );
  return {
    ...preferences(root, []),
    file,
    target,
    targets,
    productionHosts,
    columns: columnsIn(root.columns),
    keys: new Map(
      Object.entries(isTable(root.keys) ? root.keys : {}).map(([name, keys]) => [name, listIn(keys)] as const),
    ),
    commands: tablesIn(root.commands).map(([name, table]) => commandOf(name, table, wrong)),
    wrong,
  };
}

function parsed(file: string, text: string): Table {
  try {
    return parse(text, { maxDepth: deepest }) as Table;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the message repeats lines of the file, which may contain a password.
    const [problem = ''] = error.message.split('\n');
    throw new DatabaseError(
      'usage',
      `${shownPath(file)}:${error.line}:${error.column}: ${cleanLine(problem.replace(/^Invalid TOML document: /, ''))}`,
    );
  }
}

function commandOf(
  name: string,
  table: Table,
  wrong: (path: readonly string[], problem: string) => Error,
): CustomCommand {
  const path = ['commands', name];
  const run = listIn(table.run);
  if (run.length === 0 || run[0] === '')
    throw wrong([...path, 'run'], `command ${name} needs run = ["program", "argument"]`);
  const unknown = run
    .flatMap((part) => [...part.matchAll(/\{([^{}]*)\}/g)])
    .find(([, one]) => !isPlaceholder(one ?? ''));
  if (unknown !== undefined)
    throw wrong(
      [...path, 'run'],
      `commands.${name}.run: there is no value for a {…} in it; use one of ${placeholders.map((one) => `{${one}}`).join(', ')}`,
    );
  if (/[{}]/.test(run[0] ?? ''))
    throw wrong([...path, 'run'], `commands.${name}.run: the program cannot be a value of the row`);
  if (/\{(?!(?:id|worker|port)\})/.test(shellText(run)))
    throw wrong(
      [...path, 'run'],
      `commands.${name}.run: the shell would run what a value contains: write "$MIGTOP_ERROR" instead of {error}`,
    );
  const timeoutSeconds = table.timeout === undefined ? usualTimeout : Number(table.timeout);
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= longestTimeout))
    throw wrong([...path, 'timeout'], `commands.${name}.timeout takes 1 to ${longestTimeout} seconds`);
  return {
    name,
    run,
    key: typeof table.key === 'string' ? table.key : null,
    title: cleanLine(typeof table.title === 'string' ? table.title : `Run ${name}`).slice(0, 200),
    scope: (table.scope ?? 'operation') as CustomCommand['scope'],
    isBackground: table.background === true,
    timeoutSeconds,
    getsPassword: table.password === true,
  };
}

/** The argument that a shell reads as commands: the first one after its options, if `-c` is one of them. Empty if there is none. */
function shellText(run: readonly string[]): string {
  const shell = run.findIndex((word) => /^(?:.*\/)?(?:ba|da|a|z|k|fi)?sh$/.test(word));
  if (shell === -1) return '';
  const rest = run.slice(shell + 1);
  let at = 0;
  let isText = false;
  while (rest[at]?.startsWith('-')) {
    isText ||= /^-[a-z]*c[a-z]*$/.test(rest[at] ?? '');
    // The name of the option follows -o.
    at += /^-[a-z]*o$/.test(rest[at] ?? '') ? 2 : 1;
  }
  return isText ? (rest[at] ?? '') : '';
}

/** The values that the arguments of a custom command may contain. */
export const placeholders = [
  'id',
  'table',
  'phase',
  'operation',
  'status',
  'worker',
  'error',
  'host',
  'port',
  'database',
  'user',
  'control_table',
  'target',
] as const;
export type Placeholder = (typeof placeholders)[number];

/** Whether a custom command may use `{name}` in its arguments. */
export function isPlaceholder(name: string): name is Placeholder {
  return placeholders.some((one) => one === name);
}

function columnsIn(value: unknown): Config['columns'] {
  if (!isTable(value)) return {};
  const found: Partial<Record<ColumnList, readonly string[]>> = {};
  for (const list of columnLists) if (value[list] !== undefined) found[list] = listIn(value[list]);
  return found;
}

function tablesIn(value: unknown): [string, Table][] {
  return isTable(value) ? Object.entries(value).filter((entry): entry is [string, Table] => isTable(entry[1])) : [];
}

function listIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : [];
}
