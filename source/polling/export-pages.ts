import { alongTheKey } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { DatabaseError } from '../database/database-error.ts';
import { decodeOperation } from '../database/decode.ts';
import { filterSql } from '../database/filter-sql.ts';
import { query } from '../database/query.ts';
import { ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import type { Operation } from '../domain/operation.ts';
import { visibleName } from '../domain/visible-name.ts';
import { highestId, lowestId } from './id-range.ts';
import { readRangeEnd } from './range-counter.ts';
import { isTimeout } from './whole-count.ts';

/** Some operations of an export, oldest first, with their texts as they are stored: not safe for a terminal. */
export interface ExportPage {
  readonly operations: readonly Operation[];
  /** How many rows of the page cannot be read: their phase or status is not in the specification, for example. */
  readonly unreadable: number;
  /** The operations of which a text was cut to its first million characters. */
  readonly cut: readonly number[];
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
  let above: bigint | null = lowestId;
  let ids: number | null = null;
  let rows = pageRows;
  let files: Files | null = null;

  /** Null if the rows that were read are not a whole page. */
  async function read(from: bigint): Promise<ExportPage | null> {
    const end = ids === null ? null : await readRangeEnd(connection, target(), { above: from, rows: ids });
    if (ids !== null && end === null) {
      above = null;
      return null;
    }
    const last = end?.last ?? highestId;
    const [read, now] = await readPage(connection, target(), { above: from, last, filter, rows });
    await check(now, from);
    const page = wholeIds(read, rows);
    if (page === null) {
      rows *= 2;
      return null;
    }
    rows = pageRows;
    // A page may also be short because of the bytes of its texts.
    if (page.length > 0) above = idOf(page.at(-1)) ?? last;
    else above = last === highestId ? null : last;
    return page.length === 0 ? null : pageOf(page);
  }

  /**
   * Ends the export if the rest of the table is not that of its beginning: another table has its name, or it was emptied.
   *
   * @param exported the last id of the page before
   * @throws {DatabaseError}
   */
  async function check(now: Files, exported: bigint): Promise<void> {
    const before = files;
    files = now;
    if (before === null || exported === lowestId) return;
    const isSame = [...before].every(([oid, file]) => now.get(oid) === file);
    if (isSame) return;
    const isThere = [...before.keys()].every((oid) => now.has(oid));
    // VACUUM FULL and CLUSTER write other files with the same rows.
    const end = await readRangeEnd(connection, target(), { above: exported - 1n, rows: 1 });
    if (isThere && end?.last === exported) return;
    throw new DatabaseError(
      'failed',
      `${visibleName(target().table)} was replaced or emptied during the export, which is incomplete. Run it again.`,
    );
  }

  return async () => {
    while (above !== null) {
      try {
        const page = await read(above);
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
  page: { readonly above: bigint; readonly last: bigint; readonly filter: ResolvedFilter; readonly rows: number },
): Promise<readonly [rows: readonly Tagged[], files: Files]> {
  const { text, values = [] } = query('export', target, {
    above: String(page.above),
    last: String(page.last),
    bytes: pageBytes,
    characters: textCharacters,
    rows: page.rows,
  });
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
  const last = idOf(read.at(-1));
  const whole = read.filter((row) => idOf(row) !== last);
  return whole.length === 0 ? null : whole;
}

function idOf(row: Tagged | undefined): bigint | null {
  const place = (row?.body as { readonly place?: unknown } | undefined)?.place;
  return typeof place === 'string' && /^-?\d{1,19}$/.test(place) ? BigInt(place) : null;
}

function pageOf(rows: readonly Tagged[]): ExportPage {
  const decoded = rows.map(({ body }) => ({ body, operation: decodeOperation(body, 'exact') }));
  const operations = decoded.flatMap(({ operation }) => (operation.kind === 'ok' ? [operation.value] : []));
  const cut = decoded.flatMap(({ body, operation }) =>
    operation.kind === 'ok' && (body as { readonly is_cut?: unknown }).is_cut === true ? [operation.value.id] : [],
  );
  return { operations, unreadable: decoded.length - operations.length, cut };
}
