import { sqlStateOf } from './database-error.ts';

/**
 * SQLSTATEs of texts that PostgreSQL cannot convert to UTF-8: then it refuses the whole answer. A database with another
 * encoding may hold such texts: byte 0x81 in WIN1252, or latin-1 in SQL_ASCII, or UTF-8 in SQL_ASCII that a column's length
 * limit cut in the middle of a character.
 */
const codes: readonly string[] = ['22P05', '22021'];

/** Whether a query failed because PostgreSQL could not convert a text of the answer. */
export function isUnconvertible(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (codes.includes(sqlStateOf(each))) return true;
  return false;
}

/** Whether a query returns the columns `kind` and `body`, as nearly all of sql/queries do. */
export function isTagged(text: string): boolean {
  return /\bAS kind\b/.test(text) && /\bAS body\b/.test(text);
}

/** Returns the query with each body as the bytes in the database, in hexadecimal: they need no conversion. */
export function asBytes(text: string): string {
  return `SELECT kind, pg_catalog.encode(pg_catalog.convert_to(body::pg_catalog.text,
    pg_catalog.getdatabaseencoding()), 'hex') AS body, pg_catalog.getdatabaseencoding()::pg_catalog.text AS encoding
FROM (${text.trim().replace(/;$/, '')}
) AS answer`;
}

/** Converts the rows of an `asBytes` query to those of the original query. */
export function fromBytes(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return rows.map(({ kind, body, encoding }) => ({
    kind,
    body: body === null ? null : (JSON.parse(textOf(Buffer.from(String(body), 'hex'), String(encoding))) as unknown),
  }));
}

/** PostgreSQL's names of encodings (manual, table 23.3) that differ from those of the Encoding Standard. */
const labels: Readonly<Record<string, string>> = {
  LATIN1: 'iso-8859-1',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  WIN866: 'ibm866',
  EUC_CN: 'gb2312',
  EUC_JIS_2004: 'euc-jp',
};

/** Never fails: bytes that are invalid in the encoding become U+FFFD, or a control character that is shown as one. */
function textOf(bytes: Buffer, encoding: string): string {
  const label =
    labels[encoding] ??
    encoding
      .replace(/^WIN(?=\d)/, 'windows-')
      .replaceAll('_', '-')
      .toLowerCase();
  try {
    if (encoding !== 'SQL_ASCII') return new TextDecoder(label).decode(bytes);
  } catch {
    // TextDecoder does not know the encoding.
  }
  return mixedText(bytes);
}

/** Decodes UTF-8 sequences as UTF-8 and other bytes as latin-1: SQL_ASCII stores the bytes of each client unchanged. */
function mixedText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3}/g, (character) =>
      Buffer.from(character, 'latin1').toString('utf8'),
    );
}
