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

/** The condition that a row is one of these. */
export function isOneOf(ids: readonly number[]): string {
  const [only, second] = ids;
  if (only !== undefined && second === undefined) return `id OPERATOR(pg_catalog.=) ${only}`;
  return `id OPERATOR(pg_catalog.=) ANY ('{${ids.join(',')}}'::bigint[])`;
}

/** The condition that a column has this text. */
export function has(column: string, text: string): string {
  return `${column} OPERATOR(pg_catalog.=) ${literal(text)}`;
}

/** The condition that a column has one of these texts. */
export function hasOneOf(column: string, texts: readonly string[]): string {
  return `${column} OPERATOR(pg_catalog.=) ANY (ARRAY[${texts.map(literal).join(', ')}])`;
}

/**
 * An UPDATE of a few rows. Its conditions repeat the problem: a row that has changed since stays as it is.
 *
 * @param table the full name of the control table, quoted
 */
export function update(table: string, set: string, conditions: readonly string[]): string {
  return `UPDATE ${table} SET ${set} WHERE ${conditions.join(' AND ')};`;
}

/** The guard of the table (sql/options/guard.sql) lets only an operator take an operation out of `paused`. */
export function asOperator(sql: string): string {
  return `BEGIN;\nSET LOCAL migtop.operator = 'doctor';\n${sql}\nCOMMIT;`;
}
