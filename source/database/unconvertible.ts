import { sqlStateOf } from './database-error.ts';

/**
 * A database whose encoding is not UTF-8 may hold texts that have no UTF-8: byte 0x81 under WIN1252, latin-1 under SQL_ASCII, or
 * UTF-8 there that a column's limit cut in the middle of a character. PostgreSQL then refuses the whole answer.
 */
const codes: readonly string[] = ['22P05', '22021'];

/** Whether a query failed because a text of its answer could not be converted. */
export function isUnconvertible(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (codes.includes(sqlStateOf(each))) return true;
  return false;
}

/** Whether a query answers with the columns `kind` and `body`, as nearly all of sql/queries do. */
export function isTagged(text: string): boolean {
  return /\bAS kind\b/.test(text) && /\bAS body\b/.test(text);
}

/** The same query, with each body as the bytes that the database holds: this can be sent under any encoding. */
export function asBytes(text: string): string {
  return `SELECT kind, pg_catalog.encode(pg_catalog.convert_to(body::pg_catalog.text,
    pg_catalog.getdatabaseencoding()), 'hex') AS body, pg_catalog.getdatabaseencoding()::pg_catalog.text AS encoding
FROM (${text.trim().replace(/;$/, '')}
) AS answer`;
}

/** The rows of a query that was sent `asBytes`, as the query itself would have answered. */
export function fromBytes(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return rows.map(({ kind, body, encoding }) => ({
    kind,
    body: body === null ? null : (JSON.parse(textOf(Buffer.from(String(body), 'hex'), String(encoding))) as unknown),
  }));
}

/** PostgreSQL's names of encodings (manual, table 23.3) where the Encoding Standard has another. */
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

/** Never fails: what means nothing in an encoding becomes U+FFFD, or a control character that is shown as one. */
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
    // An encoding that this program does not know.
  }
  return mixedText(bytes);
}

/** What is UTF-8 is read as that, each byte between as latin-1: SQL_ASCII holds what each writer sent. */
function mixedText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3}/g, (character) =>
      Buffer.from(character, 'latin1').toString('utf8'),
    );
}
