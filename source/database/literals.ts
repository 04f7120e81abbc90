import pg from 'pg';

/** An SQL expression in the place of a parameter: PostgreSQL computes the value. */
export interface Expression {
  readonly sql: string;
}

/** One statement of a message: the text of a query, and the values of its `$1`, `$2` … */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * Writes the values of a statement into its text as literals, for the simple query protocol, which has no parameters.
 * A `$1` in a string, a quoted name or a comment is not replaced.
 */
export function withLiterals({ text, values = [] }: Statement): string {
  return piecesOf(text)
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if (piece < 1 || piece > values.length) throw new Error(`there is no value for $${piece}`);
      return literal(values[piece - 1]);
    })
    .join('');
}

/** A text between parameters, or the number of a parameter. */
type Piece = string | number;

/** The pieces of the newest texts: polls send the same ones again and again. */
const knownPieces = new Map<string, readonly Piece[]>();
const mostTexts = 200;

function piecesOf(text: string): readonly Piece[] {
  const known = knownPieces.get(text);
  if (known !== undefined) return known;
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g)) {
    if (found[1] === undefined) continue;
    pieces.push(text.slice(from, found.index), Number(found[1]));
    from = found.index + found[0].length;
  }
  pieces.push(text.slice(from));
  if (knownPieces.size >= mostTexts) knownPieces.clear();
  knownPieces.set(text, pieces);
  return pieces;
}

/** Quotes a value of any type: every parameter in sql/queries has a cast, which gives PostgreSQL its type. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return quoted(arrayText(value));
  if (isExpression(value)) return `(${value.sql})`;
  return quoted(String(value));
}

/** `escapeLiteral` takes each character by itself, which is slow for the ids of a poll: these have nothing to escape. */
function quoted(text: string): string {
  return /['\\]/.test(text) ? pg.escapeLiteral(text).trimStart() : `'${text}'`;
}

function isExpression(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'sql' in value && typeof value.sql === 'string';
}

/** An array in PostgreSQL's text form (manual, 8.15.6). */
function arrayText(values: readonly unknown[]): string {
  const elements = values.map((value) =>
    value === null || value === undefined ? 'NULL' : `"${String(value).replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${elements.join(',')}}`;
}
