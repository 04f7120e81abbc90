/** Characters that a terminal acts on or does not show, and line ends: the SQL is printed, and copied from there. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

/** A text as a literal in SQL, on one line and with each unprintable character as an escape. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  if (text.search(unprintable) === -1 && !text.includes('\\')) return quoted;
  return `E${quoted.replaceAll('\\', '\\\\').replace(unprintable, (one) => `\\U${codeOf(one, 8)}`)}`;
}

/** A name in SQL, quoted as by PostgreSQL, with each unprintable character as an escape. */
export function printableName(name: string): string {
  return name.replace(/"(?:[^"]|"")*"/g, (quoted) =>
    quoted.search(unprintable) === -1
      ? quoted
      : `U&${quoted.replaceAll('\\', '\\\\').replace(unprintable, (one) => `\\+${codeOf(one, 6)}`)}`,
  );
}

function codeOf(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0');
}

/**
 * A change of the table itself, in a separate transaction. It does not wait long for its lock: behind one that waits, all
 * other sessions wait too.
 */
export function alter(table: string, change: string): string {
  return `BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE ${table} ${change};\nCOMMIT;`;
}

/** How many ids a line of SQL has at most. */
const idsOnLine = 12;

/** The condition that a row is one of these. */
export function isOneOf(ids: readonly number[], column = 'id'): string {
  const [only, second] = ids;
  if (only !== undefined && second === undefined) return `${column} = ${only}`;
  const lines = Array.from({ length: Math.ceil(ids.length / idsOnLine) }, (_, line) =>
    ids.slice(line * idsOnLine, (line + 1) * idsOnLine).join(', '),
  );
  return `${column} IN (${lines.join(',\n  ')})`;
}

/** The condition that a column has this text. */
export function has(column: string, text: string): string {
  return `${column} = ${literal(text)}`;
}

/** The condition that a column has one of these texts. */
export function hasOneOf(column: string, texts: readonly string[]): string {
  const [only, second] = texts;
  if (only !== undefined && second === undefined) return has(column, only);
  return `${column} IN (${texts.map(literal).join(', ')})`;
}

/** Conditions on one line, or one below the other if they are long. */
export function allOf(conditions: readonly string[]): string {
  const line = conditions.join(' AND ');
  return line.length <= longestLine ? line : conditions.join('\n  AND ');
}

/** Columns of the conditions of a line. */
const longestLine = 66;

/** A change of a few rows. */
export interface RowUpdate {
  /** The full name of the control table, quoted. */
  readonly table: string;
  readonly set: string;
  readonly ids: readonly number[];
  /** They repeat the problem: a row that has changed since stays as it is. */
  readonly conditions: readonly string[];
}

/**
 * A change as SQL for a person, who pastes it into psql: without the full names of operators and functions that the program itself uses
 * (CONTRIBUTING.md).
 */
export function update({ table, set, ids, conditions }: RowUpdate): string {
  return `UPDATE ${table}\nSET ${set}\nWHERE ${allOf([isOneOf(ids), ...conditions])};`;
}

/** The SQL of several changes: one statement for those that differ only in their ids. */
export function updates(changes: readonly RowUpdate[]): readonly string[] {
  const alike = Map.groupBy(changes, ({ table, set, conditions }) => JSON.stringify([table, set, conditions]));
  return [...alike.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [update({ ...first, ids: own.flatMap(({ ids }) => ids) })];
  });
}

/** The change that puts operations back into the queue. @param more conditions besides their status */
export function requeue(
  table: string,
  ids: readonly number[],
  among: readonly string[],
  more: readonly string[],
): RowUpdate {
  const set = "status = 'pending', started_at = NULL, worker_id = NULL";
  return { table, set, ids, conditions: [hasOneOf('status', among), ...more] };
}

/** The guard of the table (sql/options/guard.sql) lets only an operator take an operation out of `paused`. */
export function asOperator(sql: string): string {
  return `BEGIN;\nSET LOCAL migtop.operator = 'doctor';\n${sql}\nCOMMIT;`;
}
