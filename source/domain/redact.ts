import { failureKind } from './failure-kind.ts';
import { type NamedState, stateNamed } from './sql-state.ts';

/**
 * Takes values out of errors and queries, so that they can be given to a person who may not see the data. Names of tables, columns
 * and constraints, SQLSTATEs, lengths of types, positions and process ids stay. A value that a worker wrote into a message of
 * its own, without quotes and without digits, cannot be recognised: it stays.
 *
 * All of it takes time linear in the length of the text, and does nothing to a text that it has redacted before.
 */

/** Stands for a value. */
const value = '…';

/** The next piece of SQL that may hold a value, or that must not be searched for one. */
const sqlPiece =
  /--[^\n]*|\/\*|\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$|[eE]'|'|"(?:[^"]|"")*(?:"|$)|[\p{L}_][\p{L}\p{N}_$]*|\$\d+|(?:\d|\.\d)(?:[\p{L}\p{N}_.]|(?<=[eE])[+-](?=\d))*/gu;

/** Words before numbers that are no values of a record. */
const countWords = /^(?:limit|offset|first|next)$/i;

/** The query with `…` in the place of its strings, numbers and comments. Numbers of LIMIT, OFFSET and FETCH stay. */
export function redactSql(sql: string): string {
  let redacted = '';
  let from = 0;
  let wordBefore = '';
  const piece = new RegExp(sqlPiece);
  for (let found = piece.exec(sql); found !== null; found = piece.exec(sql)) {
    const [text] = found;
    const end = endOfPiece(sql, text, piece.lastIndex);
    redacted += sql.slice(from, found.index) + replacement(text, wordBefore);
    wordBefore = /^[\p{L}_]/u.test(text) ? text : '';
    from = end;
    piece.lastIndex = end;
  }
  // Two strings with nothing between them would be read as one.
  return (redacted + sql.slice(from)).replace(/'…'(?:'…')+/g, `'${value}'`);
}

function replacement(piece: string, wordBefore: string): string {
  if (piece.startsWith('--')) return `-- ${value}`;
  if (piece === '/*') return `/* ${value} */`;
  if (/^[eE]?'$/.test(piece) || /^\$.*\$$/s.test(piece)) return `'${value}'`;
  return /^[\d.]/.test(piece) && !countWords.test(wordBefore) ? value : piece;
}

/** Where a string or a comment ends that begins with `piece` before `from`; other pieces are whole. */
function endOfPiece(sql: string, piece: string, from: number): number {
  if (piece === '/*') return endOfComment(sql, from);
  if (/^\$.*\$$/s.test(piece)) {
    const end = sql.indexOf(piece, from);
    return end === -1 ? sql.length : end + piece.length;
  }
  if (piece === "'" || /^[eE]'$/.test(piece)) {
    const ending = piece === "'" ? /(?:[^']|'')*(?:'|$)/y : /(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)/y;
    ending.lastIndex = from;
    return ending.test(sql) ? ending.lastIndex : sql.length;
  }
  return from;
}

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  for (let depth = 1; depth > 0; ) {
    const found = mark.exec(sql);
    if (found === null) return sql.length;
    depth += found[0] === '/*' ? 1 : -1;
  }
  return mark.lastIndex;
}

/** The fields of an error as psql, libpq and JDBC print them: each begins a separate part. */
const field =
  /(?:^|\s)(?:DETAIL|Detail|HINT|Hint|CONTEXT|Context|Where|QUERY|STATEMENT|LOCATION|Location|Position|(?:SCHEMA|TABLE|COLUMN|DATATYPE|CONSTRAINT) NAME|LINE \d{1,9}): /g;

/** Fields, and openings within them, after which everything is SQL. */
const sqlOpening = /(?:QUERY|STATEMENT|LINE \d{1,9}): |\bSQL statement "/;

/** A text that PostgreSQL could not read: it may itself hold quotation marks. */
const textAfterColon = /\b((?:type|value|enum|column|token|Token)\b[^":\n]{0,80}): "[\s\S]*"/g;

/** The text before the values of a key or a row, in the languages of PostgreSQL's messages. */
const listOpening = /=\s?\(|\b(?:contains|enthält|contient|contiene|contém|innehåller|zawiera) \(|содержит \(/;

/** Words before a quoted name. Any other quoted text may be a value. */
const namedThings =
  /(?:table|relation|column|constraint|index|view|sequence|schema|database|role|user|function|procedure|aggregate|type|domain|operator|trigger|rule|language|extension|setting|encoding|tablespace|server|publication|subscription|policy|cursor|savepoint|collation|partition|attribute|class|family|method|option|host|library) $/i;

/** Numbers that are no values: positions, processes, lengths. */
const keptNumber =
  /\b(?:line|LINE|row|character|position|port|[Pp]rocess|PID|pid|transaction|worker|argument) $|\b(?:varying|varchar|character|char|bit|numeric|decimal|timestamp|time|interval) ?\($/;

const unquoted =
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<![\w.@])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,4}|\b0x[0-9a-f]{1,400}\b|\\x[0-9a-f]{2,400}\b|(?<![\p{L}\p{N}_.])[+-]?\d(?:[\d.,:/-]{0,400}\d)?(?:[eE][+-]?\d{1,4})?%?(?![\p{L}\p{N}_])/giu;

/** Words with digits that name a type, an encoding or a standard. */
const knownWord =
  /^(?:(?:int[248]|float[48])(?:multi)?(?:range)?|utf-?(?:8|16|32)|latin-?\d{1,2}|win-?\d{3,4}|iso-?8859-\d{1,2}|sha-?\d{1,3}|md5|base64|x86_64|ipv[46]|http2?)$/i;

/** A word that holds digits: a code, an account, a name with a number. */
const wordWithDigits = /(?<![\p{L}\p{N}_-])(?=[\p{L}_-]{0,400}\d)(?=[\p{N}-]{0,400}[\p{L}_])[\p{L}\p{N}_-]+/gu;

/** Stands for the SQLSTATE while the rest is redacted. */
const statePlace = '\ue000';

/**
 * The error with `…` in the place of its values: quoted texts that are no names, keys, rows, numbers, words with digits, and those of
 * its SQL. The SQLSTATE that it names stays once.
 */
export function redactError(error: string): string {
  const named = stateNamed(error);
  let before = named === null ? error : withPlace(error, named);
  // A value next to one that has been taken out may be seen as one only then.
  for (let passes = 0; passes < maximumPasses; passes++) {
    const after = redactOnce(before);
    if (after === before) break;
    before = after;
  }
  return before.replace(statePlace, () => named?.state ?? value).replaceAll(statePlace, value);
}

const maximumPasses = 8;

function withPlace(error: string, { state, index }: NamedState): string {
  const others = (text: string): string => text.replaceAll(statePlace, value);
  return `${others(error.slice(0, index))}${statePlace}${others(error.slice(index + state.length))}`;
}

/** The kind of a failure without values. A kind has none of the known forms: this is for what only an error's redaction recognises. */
export function redactKind(kind: string): string {
  return failureKind(redactError(kind)).kind;
}

function redactOnce(error: string): string {
  const starts = [0, ...[...error.matchAll(field)].map(({ index }) => index).filter((index) => index > 0)];
  return starts.map((start, index) => redactPart(error.slice(start, starts[index + 1]))).join('');
}

function redactPart(given: string): string {
  const part = given.replace(textAfterColon, (_, place: string) => `${place}: "${value}"`);
  const sql = sqlOpening.exec(part);
  if (sql === null) return redactWords(redactLists(part));
  const begins = sql.index + sql[0].length;
  return redactWords(redactLists(part.slice(0, sql.index))) + sql[0] + redactSql(part.slice(begins));
}

/** `Key (case_id)=(1001) is not present …`, `Failing row contains (1, Smith).`: a value may itself hold parentheses. */
function redactLists(part: string): string {
  const opening = listOpening.exec(part);
  if (opening === null) return part;
  const begins = opening.index + opening[0].length;
  const ends = part.lastIndexOf(')');
  return `${part.slice(0, begins)}${value}${ends < begins ? '' : part.slice(ends)}`;
}

function redactWords(part: string): string {
  return part
    .replace(/"((?:[^"]|"")*)(?:"|$)/g, (whole, _content, at: number, text: string) =>
      namedThings.test(text.slice(Math.max(0, at - 20), at)) ? whole : `"${value}"`,
    )
    .replace(/([„“«»])[^„“”«»]*([“”»«]|$)/g, `$1${value}$2`)
    .replace(/`[^`]*(?:`|$)/g, `\`${value}\``)
    .replace(/(?<![\p{L}\p{N}])'(?:[^'\n]|'(?=[\p{L}\p{N}]))*(?:'|(?=\n)|$)/gu, `'${value}'`)
    .replace(unquoted, (found, at: number, text: string) =>
      keptNumber.test(text.slice(Math.max(0, at - 20), at)) ? found : value,
    )
    .replace(wordWithDigits, (found, at: number, text: string) =>
      knownWord.test(found) || isNamed(text.slice(Math.max(0, at - 100), at)) ? found : value,
    )
    .replace(/…(?:[ ,]{1,2}…)+/g, value);
}

/** Whether a name without quotes follows: `column cases.`. */
function isNamed(before: string): boolean {
  return namedThings.test(before.replace(/(?:\w{1,63}\.){1,3}$/, ''));
}
