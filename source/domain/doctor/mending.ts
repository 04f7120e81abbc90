/** A text as a literal in SQL. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
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
