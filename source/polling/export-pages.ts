import { alongTheKey } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { DatabaseError } from '../database/database-error.ts';
import { fieldsOf } from '../database/fields.ts';
import { filterSql } from '../database/filter-sql.ts';
import { query } from '../database/query.ts';
import { ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import { controlColumns, type ExportedRow } from '../domain/control-columns.ts';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import { visibleName } from '../domain/visible-name.ts';
import { highestId, lowestId } from './id-range.ts';
import { readRangeEnd } from './range-counter.ts';
import { isTimeout } from './whole-count.ts';

/** Some operations of an export, oldest first. */
export interface ExportPage {
  readonly operations: readonly ExportedRow[];
  /** How many rows of the page the server did not send as rows of the table. */
  readonly unreadable: number;
  /** How many operations have a text that was cut to its first million characters. */
  readonly cut: number;
}

/** Maximum number of rows of a page, bytes of its texts, and characters of one text. */
const pageRows = 1000;
const pageBytes = 4_000_000;
const textCharacters = 1_000_000;

/** How many ids are searched at a time if a filter finds too few rows in time: at first, and at least. */
const firstIds = 200_000;
const fewestIds = 1000;

/** The files of the table and its partitions, by oid. */
type Files = ReadonlyMap<string, string>;

/** Reads the next page; null at the end. After an error it can be called again. */
export type NextPage = () => Promise<ExportPage | null>;

/**
 * Reads the operations that pass a filter page by page, by the table's key. Each page is a separate statement with a time
 * limit, so that no snapshot is held while the reader of the export is slow. An operation that changes during the export is in the
 * export once, as it was when its page was read.
 */
export function createExport(connection: Connection, target: () => Target, filter: ResolvedFilter): NextPage {
  /** The lowest id of the next page; null at the end. */
  let first: bigint | null = lowestId;
  let ids: number | null = null;
  let rows = pageRows;
  let files: Files | null = null;

  /** Null if the rows that were read are not a whole page. */
  async function read(from: bigint): Promise<ExportPage | null> {
    const above = from === lowestId ? lowestId : from - 1n;
    const end = ids === null ? null : await readRangeEnd(connection, target(), { above, rows: ids });
    // The lowest id is above none.
    if (ids !== null && end === null && from !== lowestId) {
      first = null;
      return null;
    }
    const last = end?.last ?? highestId;
    const [found, now] = await readPage(connection, target(), { first: from, last, filter, rows });
    await check(now, from);
    const page = wholeIds(found, rows);
    if (page === null) {
      rows *= 2;
      return null;
    }
    rows = pageRows;
    // A page may also be short because of the bytes of its texts.
    const exported = page.length > 0 ? placeOf(page.at(-1)) : last;
    first = exported === highestId ? null : exported + 1n;
    return page.length === 0 ? null : pageOf(page);
  }

  /**
   * Ends the export if the rest of the table is not that of its beginning: another table has its name, or it was emptied.
   *
   * @param from the lowest id of the page
   * @throws {DatabaseError}
   */
  async function check(now: Files, from: bigint): Promise<void> {
    const before = files;
    files = now;
    if (before === null || from === lowestId) return;
    const isSame = [...before].every(([oid, file]) => now.get(oid) === file);
    if (isSame) return;
    const isThere = [...before.keys()].every((oid) => now.has(oid));
    // VACUUM FULL and CLUSTER write other files with the same rows.
    const exported = from - 1n;
    const end = await readRangeEnd(connection, target(), {
      above: exported === lowestId ? exported : exported - 1n,
      rows: 1,
    });
    if (isThere && end?.last === exported) return;
    throw new DatabaseError(
      'failed',
      `${visibleName(target().table)} was replaced or emptied during the export, which is incomplete. Run it again.`,
    );
  }

  return async () => {
    while (first !== null) {
      try {
        const page = await read(first);
        if (page !== null) return page;
      } catch (error) {
        if (!isTimeout(error) || ids === fewestIds) throw error;
        ids = ids === null ? firstIds : Math.max(fewestIds, Math.floor(ids / 8));
      }
    }
    return null;
  };
}

async function readPage(
  connection: Connection,
  target: Target,
  page: { readonly first: bigint; readonly last: bigint; readonly filter: ResolvedFilter; readonly rows: number },
): Promise<readonly [rows: readonly Tagged[], files: Files]> {
  // Numbers that no other read can use are exported, too.
  const { text, values = [] } = query(
    'export',
    { ...target, looseCounters: [] },
    {
      first: String(page.first),
      last: String(page.last),
      bytes: pageBytes,
      characters: textCharacters,
      rows: page.rows,
    },
  );
  const condition = filterSql(page.filter, values.length + 1);
  // As a function: `$` in the condition is no pattern.
  const statement = {
    text: text.replace('true /* filter */', () => condition.sql),
    values: [...values, ...condition.values],
  };
  const [files = [], read = []] = await readTagged(connection, target, [
    { ...query('files', target, { table: target.table }), seconds: 1 },
    { ...statement, seconds: readSeconds - 1, ...(page.last !== highestId && { after: alongTheKey }) },
  ]);
  return [read, new Map(ofKind(files, 'file').flatMap(fileIn))];
}

function fileIn(body: unknown): (readonly [string, string])[] {
  const [oid, file]: readonly unknown[] = Array.isArray(body) ? body : [];
  return typeof oid === 'string' ? [[oid, String(file)]] : [];
}

/**
 * The rows without those of the last id of a full page, of which more may follow if ids repeat. Null if the whole page has one
 * id.
 */
function wholeIds(read: readonly Tagged[], limit: number): readonly Tagged[] | null {
  if (read.length < limit) return read;
  const last = placeOf(read.at(-1));
  const whole = read.filter((row) => placeOf(row) !== last);
  return whole.length === 0 ? null : whole;
}

/** @throws {DatabaseError} if the id of a row is no whole number: the rows after it cannot be found by it */
function placeOf(row: Tagged | undefined): bigint {
  const { id } = fieldsOf(row?.body);
  if (typeof id === 'string' && /^-?\d{1,19}(\.0+)?$/.test(id)) return BigInt(id.replace(/\..*/, ''));
  throw new DatabaseError(
    'failed',
    `The id ${visibleName(String(id)).slice(0, 30)} is no whole number: the export is incomplete.`,
  );
}

function pageOf(rows: readonly Tagged[]): ExportPage {
  const bodies = rows.map(({ body }) => fieldsOf(body));
  const operations = bodies.flatMap(exportedRow);
  return {
    operations,
    unreadable: bodies.length - operations.length,
    cut: bodies.filter(({ is_cut }) => is_cut === true).length,
  };
}

/** The row; none if a value is not one that the query sends. */
function exportedRow(body: Readonly<Record<string, unknown>>): ExportedRow[] {
  const isRow = controlColumns.every((column) => typeof body[column] === 'string' || body[column] === null);
  return isRow && body.id !== null ? [body as ExportedRow] : [];
}
