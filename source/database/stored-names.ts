import { nameShownAs } from '../domain/visible-name.ts';

/** Names from lists as the table may hold them, for sql/queries/fragments/stored-names.sql. */
export function storedNames(shown: readonly string[]): {
  readonly tables: readonly string[];
  readonly latinTables: readonly string[];
} {
  const tables = shown.map(nameShownAs);
  return { tables, latinTables: tables.flatMap((name) => latinHex(name) ?? []) };
}

/**
 * The bytes of a text in latin-1 as hexadecimal digits: a database of encoding SQL_ASCII holds the bytes of each client, and those
 * that are not UTF-8 are shown as latin-1 (source/database/unconvertible.ts). Null if the text has no such bytes.
 */
export function latinHex(text: string): string | null {
  const isLatin = /[\u0080-\u00ff]/.test(text) && !/[^\0-\u00ff]/.test(text);
  return isLatin ? Buffer.from(text, 'latin1').toString('hex') : null;
}
