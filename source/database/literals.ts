import pg from 'pg';

/** A value that is written by PostgreSQL itself: SQL of ours that stands in the place of a parameter. */
export interface Expression {
  readonly sql: string;
}

/** One statement of a message: the text of a query, and what stands for its `$1`, `$2` … */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * A statement with its values written into it as literals, for the simple query protocol, which has no parameters.
 * Strings, quoted names and comments keep what looks like a parameter.
 */
export function withLiterals({ text, values = [] }: Statement): string {
  return text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g, (found, number?: string) => {
    if (number === undefined) return found;
    const index = Number(number) - 1;
    if (index < 0 || index >= values.length) throw new Error(`there is no value for ${found}`);
    return literal(values[index]);
  });
}

/** Quoted whatever it is: PostgreSQL reads the type from the cast that every parameter of ours has. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return pg.escapeLiteral(arrayText(value)).trimStart();
  if (isExpression(value)) return `(${value.sql})`;
  return pg.escapeLiteral(String(value)).trimStart();
}

function isExpression(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'sql' in value && typeof value.sql === 'string';
}

/** PostgreSQL's text of an array (manual, 8.15.6). */
function arrayText(values: readonly unknown[]): string {
  const elements = values.map((value) =>
    value === null || value === undefined ? 'NULL' : `"${String(value).replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${elements.join(',')}}`;
}
