import { decodeAuditEntry } from '../database/decode.ts';
import type { NamedQuery, QueryValues } from '../database/parameters.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { bulkOf } from '../domain/bulk-key.ts';

/** How many actions are read; of those before a large action on many as many again. */
export const activityLimit = 200;

/** How many rows of actions on many are read besides, so that each is known whole; of larger ones only the outcomes are counted. */
export const wholeRows = 2000;

/** How many rows of the audit table are searched for the actions before a large action on many, for its undo, and for those on one operation. */
const searchedRows = 200_000;

type Run = <Name extends NamedQuery>(name: Name, values: QueryValues<Name>) => Promise<Tagged[]>;

/** Reads the audit table. */
export interface AuditReader {
  /**
   * The newest actions, newest first; of an action on many all its rows. One that is too large for that does not hide the actions before
   * it: its newest entry has the outcomes of all its rows. The newest change of each operation that is listed, and of those of `on`, is
   * among them: without it, an earlier action would seem to be the last.
   *
   * @param hasKeys whether the audit table has keys (version 2)
   * @param on the ids of more operations whose newest change is read
   */
  read(run: Run, tableOid: string, hasKeys: boolean, on?: readonly number[]): Promise<readonly AuditEntry[]>;
  /** The newest actions on one operation, newest first; none where `read` has given all that there are. */
  readOn(run: Run, tableOid: string, id: number, hasKeys: boolean): Promise<readonly AuditEntry[]>;
}

/** Reads what is before a large action on many, and its outcomes, only if actions have been added: the audit is never changed. */
export function createAuditReader(): AuditReader {
  let isWhole = false;
  let last: { readonly of: string; readonly entries: readonly AuditEntry[] } | null = null;
  return {
    async read(run, tableOid, hasKeys, on = []) {
      const rows = await run('activity', { limit: activityLimit, tableOid });
      isWhole = rows.length < activityLimit;
      if (isWhole) return entriesIn(rows);
      const of = [tableOid, idOf(rows[0]), idOf(rows.at(-1)), rows.length, ...on].join(' ');
      if (last?.of !== of) {
        const entries = hasKeys
          ? await withEarlier(rows, run, tableOid, on)
          : entriesIn(await withNewest(rows, on, run, tableOid));
        last = { of, entries };
      }
      return last.entries;
    },
    async readOn(run, tableOid, id, hasKeys) {
      // Without keys, those that were read before could not be told apart.
      if (isWhole || !hasKeys) return [];
      return entriesIn(await run('actions-on', { id, limit: activityLimit, tableOid, searched: searchedRows }));
    },
  };
}

async function withEarlier(
  rows: readonly Tagged[],
  run: Run,
  tableOid: string,
  on: readonly number[],
): Promise<readonly AuditEntry[]> {
  const oldest = bulkOf(entriesIn(rows.slice(-1))[0]?.key ?? null);
  const before = idOf(rows.at(-1));
  const values = { limit: activityLimit, tableOid, before: before ?? 0, searched: searchedRows };
  const earlier = oldest === null || before === null ? [] : await run('activity-before', values);
  const all = [...rows, ...earlier];
  // The list may have only a part of each action on many.
  const bulkActions = new Set(entriesIn(all).flatMap(({ key }) => bulkOf(key) ?? []));
  if (bulkActions.size === 0) return entriesIn(await withNewest(all, on, run, tableOid));
  const outcomes = outcomesIn(await run('bulk-outcomes', { bulkActions: [...bulkActions], searched: searchedRows }));
  const listed = await withMembers(all, outcomes, run);
  const entries = entriesIn(listed);
  const counts = Map.groupBy(entries, ({ key }) => bulkOf(key));
  const isPart = [...outcomes].some(([bulk, { total }]) => total > (counts.get(bulk)?.length ?? 0));
  const ids = isPart ? [...entries.map(({ operationId }) => operationId), ...on] : on;
  return withOutcomes(entriesIn(await withNewest(listed, ids, run, tableOid)), outcomes);
}

/** The rows of the audit with the newest change of each of these operations, which may be among those of an action on many that are not listed. */
async function withNewest(
  rows: readonly Tagged[],
  on: readonly number[],
  run: Run,
  tableOid: string,
): Promise<readonly Tagged[]> {
  if (on.length === 0) return rows;
  return joined(rows, await run('last-on', { ids: [...new Set(on)], tableOid, searched: searchedRows }));
}

/** All of these rows of the audit, each once, newest first. */
function joined(rows: readonly Tagged[], others: readonly Tagged[]): readonly Tagged[] {
  const byId = new Map([...rows, ...others].map((row) => [idOf(row), row]));
  return [...byId.values()].toSorted((a, b) => (idOf(b) ?? 0) - (idOf(a) ?? 0));
}

/** The rows of the audit with all rows of the newest actions on many, as far as these are not too many. */
async function withMembers(
  rows: readonly Tagged[],
  outcomes: ReadonlyMap<string, WholeBulk>,
  run: Run,
): Promise<readonly Tagged[]> {
  const listed = Map.groupBy(entriesIn(rows), ({ key }) => bulkOf(key));
  let left = wholeRows;
  const wanted = [...listed].flatMap(([bulk, members]) => {
    const total = bulk === null ? 0 : (outcomes.get(bulk)?.total ?? 0);
    if (bulk === null || total <= members.length || total > left) return [];
    left -= total;
    return [bulk];
  });
  if (wanted.length === 0) return rows;
  return joined(rows, await run('bulk-members', { bulkActions: wanted }));
}

function entriesIn(rows: readonly Tagged[]): readonly AuditEntry[] {
  return kept(rows.map(({ body }) => decodeAuditEntry(body)));
}

function idOf(row: Tagged | undefined): number | null {
  const { body } = row ?? {};
  return typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'number' ? body.id : null;
}

/** The audit's counts of all rows of one action on many. */
interface WholeBulk {
  readonly outcomes: Map<string, number>;
  total: number;
  undone: number | undefined;
}

function outcomesIn(rows: readonly Tagged[]): ReadonlyMap<string, WholeBulk> {
  const found = new Map<string, WholeBulk>();
  for (const { body } of rows) {
    const { bulk, outcome, rows: many, undone } = body as Readonly<Record<string, unknown>>;
    if (typeof bulk !== 'string' || typeof outcome !== 'string') continue;
    if (typeof many !== 'number') continue;
    const whole = found.get(bulk) ?? { outcomes: new Map<string, number>(), total: 0, undone: 0 };
    whole.outcomes.set(outcome, many);
    whole.total += many;
    if (outcome === 'applied') whole.undone = typeof undone === 'number' ? undone : undefined;
    found.set(bulk, whole);
  }
  return found;
}

/** The entries; the newest one of each action on many that is not wholly among them has what is known of all its rows. */
function withOutcomes(
  entries: readonly AuditEntry[],
  bulkActions: ReadonlyMap<string, WholeBulk>,
): readonly AuditEntry[] {
  const listed = Map.groupBy(entries, ({ key }) => bulkOf(key));
  return entries.map((entry) => {
    const key = bulkOf(entry.key);
    const whole = key === null ? undefined : bulkActions.get(key);
    const members = listed.get(key) ?? [];
    if (whole === undefined || members[0] !== entry || whole.total <= members.length) return entry;
    const { outcomes: bulkOutcomes, undone: bulkUndone } = whole;
    return { ...entry, bulkOutcomes, ...(bulkUndone !== undefined && { bulkUndone }) };
  });
}
