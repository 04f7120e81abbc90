import { stateNamed } from './sql-state.ts';

/** A failure's kind: its error without the particulars, so that failures with the same cause are one kind. */
export interface FailureKind {
  /** For reading and for comparing: two errors of one kind have the same text. */
  readonly kind: string;
  /** The SQLSTATE that the error names (PostgreSQL manual, appendix A); null where it names none. */
  readonly sqlState: string | null;
}

/** The kind of an operation that failed without an error message. */
export const noMessage = 'no error message';

/** The error of a failed operation, or that it has none: it is NULL or blank. */
export function errorOrNone(errorMessage: string | null): string {
  return errorMessage === null || errorMessage.trim() === '' ? noMessage : errorMessage;
}

/** Longer errors are told apart by their beginning. */
const maximumLength = 4000;
const maximumKindLength = 200;
const maximumPasses = 8;

/** Stands for a particular. */
const particular = '…';

/** Where the message ends and its particulars begin: PostgreSQL's fields as psql, libpq and JDBC print them. */
const fieldStart =
  /\s(?:DETAIL|Detail|HINT|Hint|CONTEXT|Context|Where|QUERY|STATEMENT|LOCATION|Location|Position|(?:SCHEMA|TABLE|COLUMN|DATATYPE|CONSTRAINT) NAME|LINE \d+): /;

const severity = /^(?:ERROR|FATAL|PANIC|error|fatal|panic|Error)(?::\s*|\s+(?=[0-9A-Z]{5}:))/;

/** A type with its length or precision: the limit belongs to the kind. */
const typeModifier =
  /\b(?:character varying|varchar|character|char|bit varying|bit|numeric|decimal|timestamp|time|interval) ?\(\d{1,6}(?:, ?-?\d{1,4})?\)/g;
const encodingName = /\bencoding "[A-Za-z0-9_-]{1,20}"/g;

/** A pattern that has classes of letters and digits, for any text, and its equal for a text without other letters and digits than ASCII's. */
interface Pattern {
  readonly any: RegExp;
  readonly ascii: RegExp;
}

/** V8 takes milliseconds to compile each class of all letters: it does so only for a text that has such a letter. */
function pattern(any: RegExp): Pattern {
  const ascii = any.source
    .replaceAll('\\p{L}{', '[A-Za-z]{')
    .replaceAll('\\p{L}', 'A-Za-z')
    .replaceAll('\\p{N}', '0-9');
  return { any, ascii: new RegExp(ascii, any.flags.replace('u', '')) };
}

/** Whether all letters and digits of a text are ASCII's: so are those of most messages, also after replacements. */
const hasPlainLetters = /^[\0-\x7f…«»“”„\ue000-\uf8ff]*$/;

function chosen({ any, ascii }: Pattern, text: string): RegExp {
  return hasPlainLetters.test(text) ? ascii : any;
}

/** The values of a key, and the text that PostgreSQL could not read: they may themselves hold parentheses and quotation marks. */
const keyParticulars = /\([^()\n]{0,400}\)=\([^\n]{0,400}?\)(?=[ .«»“”"]|$)/g;
const withoutKey = `(${particular})=(${particular})`;
const unreadable = /\b((?:type|value|enum|column|token|Token)\b[^":\n]{0,80}): "[^\n]*"/g;
const withoutText = `$1: ${particular}`;
const quoted = /"[^"\n]{0,400}"/g;

/** `Failing row contains (17, Smith (junior)).`, in the languages of PostgreSQL's messages. */
const rowParticulars =
  /((?:\b(?:contains|enthält|contient|contiene|contém|innehåller|zawiera)|содержит) \()[^\n]*(?:\)|$)/g;

/**
 * The particulars, the ones that contain others first. Each pattern is linear in the length of the text: no repetition
 * is nested in another.
 */
const particulars: readonly (readonly [pattern: RegExp | Pattern, replacement: string])[] = [
  [keyParticulars, withoutKey],
  [rowParticulars, `$1${particular})`],
  [unreadable, withoutText],
  // Names that PostgreSQL does not quote.
  [/\b(permission denied for|must be owner of) ((?:materialized )?[a-z]{2,20}) [^\s"]{1,200}/g, `$1 $2 ${particular}`],
  [
    /\b(function|procedure|aggregate) [^\s"(]{1,200}\([^()]{0,400}\) (does not exist|is not unique)/g,
    `$1 ${particular} $2`,
  ],
  [/\bcolumn [^\s"]{1,200} does not exist/g, `column ${particular} does not exist`],
  [/\b[a-z][a-z0-9+.-]{1,12}:\/\/[^\s"']{1,400}/gi, particular],
  [quoted, particular],
  [/`[^`\n]{0,400}`/g, particular],
  [/«[^»\n]{0,400}»/g, particular],
  [/»[^«\n]{0,400}«/g, particular],
  [/„[^“”\n]{0,400}[“”]/g, particular],
  [/“[^”\n]{0,400}”/g, particular],
  [pattern(/(?<![\p{L}\p{N}])'[^'\n]{0,400}'(?![\p{L}\p{N}])/gu), particular],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, particular],
  [
    /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?/g,
    particular,
  ],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, particular],
  [/\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\b/g, particular],
  [/(?<![\w.@])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}/g, particular],
  [/(?<![\w/.])(?:\/[\w.@%+-]{1,255}){2,30}\/?/g, particular],
  [/\b0x[0-9a-f]{1,64}\b/gi, particular],
  [/\\x[0-9a-f]{2,400}\b/gi, particular],
  [pattern(/(?<![\p{L}\p{N}_-])[+-]?\d(?:[\d.,]{0,400}\d)?(?:e[+-]?\d{1,4})?%?(?![\p{L}\p{N}_-])/giu), particular],
  // Digits of a word that is no plain name of a type or an encoding (int4, UTF8): batch_15, 8f3a2c1, worker-3.
  [
    pattern(
      /(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_-]{0,63}\d)(?!\p{L}{2,20}\d{1,3}(?![\p{L}\p{N}_]))[\p{L}\p{N}_-]{1,64}/gu,
    ),
    '',
  ],
];

const numberAfterNoLetter = pattern(/(?<![\p{L}\p{N}_])[+-]?\d(?:[\d.,]*\d)?(?:e[+-]?\d+)?%?/giu);

/** A word that holds digits: what names it stays, each number goes. */
function withoutDigits(word: string): string {
  if (/^[0-9a-f-]{6,}$/i.test(word)) return particular;
  return word.replace(/\d+/g, particular);
}

/**
 * The kind of an error.
 *
 * Ids, numbers, quoted values and names, UUIDs, timestamps, addresses, paths and the fields after the message (DETAIL, HINT,
 * CONTEXT) are taken out, and a leading `ERROR:`. The length of a type (`character varying(64)`), the name of an encoding
 * and a SQLSTATE stay. Takes time linear in the length of the text, and a kind is its own kind.
 */
export function failureKind(error: string | null): FailureKind {
  return kindWith(error, null);
}

/**
 * Makes a `failureKind` for many errors. It keeps the kinds of the last messages. Messages that differ only in the values
 * of keys, in quoted texts, or in digits that no kind has, have the same key: a hundred thousand failures have few keys.
 */
export function createKinds(): (error: string | null) => FailureKind {
  const kinds = new Map<string, FailureKind>();
  return (error) => kindWith(error, kinds);
}

const maximumKinds = 2000;

function kindWith(error: string | null, kinds: Map<string, FailureKind> | null): FailureKind {
  const whole = (error ?? '').slice(0, maximumLength).replace(/\s+/g, ' ').trim();
  if (whole === '') return { kind: noMessage, sqlState: null };
  const sqlState = stateNamed(whole)?.state ?? null;
  const message = withoutFields(whole);
  if (kinds === null) return { kind: kindOf(message, sqlState), sqlState };
  const key = `${sqlState} ${withoutFreeDigits(withoutValues(message), sqlState)}`;
  const known = kinds.get(key);
  if (known !== undefined) return known;
  if (kinds.size >= maximumKinds) kinds.clear();
  const kind = { kind: kindOf(message, sqlState), sqlState };
  kinds.set(key, kind);
  return kind;
}

/** Digits that may stay in a kind: after a letter (int4, UTF8), and the length of a type. */
const hasKeptDigits = pattern(/[\p{L}]\d|\(\d|encoding "/u);

/** Parts of a message that are replaced before quoted texts, because they may contain a part of one. */
const mayBeKept = /[a-z] ?\(\d|encoding "|\) (?:does not exist|is not unique)/i;

/** A message without the particulars that are the most frequent ones. It has the same kind. */
function withoutValues(message: string): string {
  return mayBeKept.test(message)
    ? message
    : message.replace(keyParticulars, withoutKey).replace(unreadable, withoutText).replace(quoted, particular);
}

/** Digits that can be replaced by zeros: not those before an x, because `0xff` is a number and `3xff` is not. */
const freeDigits = /\d(?!x)/gi;

/** A message with zeros for its digits, if none of them can be in its kind; the digits of a SQLSTATE stay. */
function withoutFreeDigits(message: string, sqlState: string | null): string {
  if (sqlState === null)
    return chosen(hasKeptDigits, message).test(message) ? message : message.replace(freeDigits, '0');
  const parts = message.split(sqlState);
  if (parts.some((part) => chosen(hasKeptDigits, part).test(part))) return message;
  return parts.map((part) => part.replace(freeDigits, '0')).join(sqlState);
}

function kindOf(message: string, sqlState: string | null): string {
  let kind = message;
  // Repeated, because a text may become a particular when the particular inside it is removed.
  for (let times = 0; times < maximumPasses; times++) {
    const before = kind;
    kind = withoutParticulars(kind, sqlState);
    if (kind === before) break;
  }
  return kind === '' ? particular : kind;
}

function withoutParticulars(given: string, sqlState: string | null): string {
  // Parts that must stay are replaced by placeholders until the end.
  const kept: string[] = [];
  const aside = (text: string): string => {
    kept.push(text);
    return String.fromCharCode(0xe000 + Math.min(kept.length - 1, 0x7ff));
  };
  let text = given.replace(severity, '').replace(/[\ue000-\uf8ff]/g, particular);
  if (sqlState !== null) text = text.replaceAll(new RegExp(`(?<![0-9A-Z])${sqlState}(?![0-9A-Z])`, 'g'), aside);
  for (const pattern of [typeModifier, encodingName]) text = text.replace(pattern, aside);
  for (const [wanted, replacement] of particulars) {
    const found = wanted instanceof RegExp ? wanted : chosen(wanted, text);
    text = replacement === '' ? text.replace(found, withoutDigits) : text.replace(found, replacement);
  }
  return text
    .replace(chosen(numberAfterNoLetter, text), particular)
    .replace(/…(?:[ ,]{0,2}…)+/g, particular)
    .replace(/[\ue000-\ue7ff]/g, (mark) => kept[mark.charCodeAt(0) - 0xe000] ?? particular)
    .slice(0, maximumKindLength)
    .replace(/(?:: ?…)?[\s:;,.]*$/, '')
    .trim();
}

function withoutFields(text: string): string {
  const at = text.search(fieldStart);
  return at <= 0 ? text : text.slice(0, at);
}
