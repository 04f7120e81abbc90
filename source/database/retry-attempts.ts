import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import { linkOfQuery } from '../domain/lineage.ts';
import { readMark } from '../domain/mark.ts';
import type { Operation } from '../domain/operation.ts';
import { type RetryPlan, retryPlans } from '../domain/retry.ts';
import type { ActContext } from './act.ts';
import { decodeOperation } from './decode.ts';
import { query } from './query.ts';
import { ofKind, readTagged } from './tagged-rows.ts';

/** How many operations' attempts are read at once: all rows of their tables are read each time. */
const groupRows = 1000;

/** Milliseconds after which they are read again. */
const validMs = 10_000;

/**
 * How many rows of one source query are read, and of other works that may have gone on with the same table. A query that more rows
 * share does not tell works apart.
 */
const mostAlike = 2000;

/** How many rows are read for several operations: for fewer of them at a time, if there are more. */
const mostRows = 20_000;

/** How far below the highest id that was read a row may still be committed. */
const lateIds = 1000;

const readSeconds = 10;

type Reader = Pick<ActContext, 'connection' | 'target'>;

/** The rows that may be attempts of the same work as some operations. */
export interface Candidates {
  readonly attempts: readonly (Operation & CheckpointRow)[];
  /** Source queries that too many rows share to tell works apart. */
  readonly sharedQueries: ReadonlySet<string | null>;
  /** Rows above this id may have been added since, but for those that were read; null if a new row may have any id. */
  readonly above: number | null;
}

/** The retry plans of some operations, and the attempts at their works. */
export interface RetryPlans {
  readonly plans: ReadonlyMap<number, RetryPlan>;
  /** The operations that wait until another one of the same work, which is before them, was retried: that one. */
  readonly firsts: ReadonlyMap<number, number>;
  /** Which fields must be equal for another row to be an attempt at the same work as this operation (`linkOfQuery`). */
  readonly linkOf: (id: number) => 'query' | 'name' | null;
  /** Rows above this id (null: of any id) may have been added since, but for those in `known`: none of these was in the way. */
  readonly above: number | null;
  readonly known: readonly number[];
}

/** @throws {DatabaseError} if the attempts cannot be read */
export async function readPlans(context: Reader, ids: readonly number[]): Promise<RetryPlans> {
  const { attempts, sharedQueries, above } = await readCandidates(context, ids);
  const plans = retryPlans(attempts, ids);
  const queries = new Map(attempts.map(({ id, sourceQuery }) => [id, sourceQuery]));
  return {
    plans,
    firsts: firstOfWorks(plans),
    linkOf(id) {
      const text = queries.get(id) ?? null;
      return sharedQueries.has(text) ? null : linkOfQuery(text);
    },
    above,
    known: attempts.flatMap(({ id }) => (above === null || id > above ? [id] : [])),
  };
}

/**
 * Reads the plans of many operations, a thousand at a time.
 *
 * @returns a function that gives the plans of some of them, which follow each other in `ids` and are no more than a thousand, and maybe
 * of others @throws {DatabaseError}
 */
export function plansInOrder(
  context: Reader,
  ids: readonly number[],
): (asked: readonly number[]) => Promise<RetryPlans> {
  let read: { readonly plans: RetryPlans; readonly atMs: number } | null = null;
  return async (asked) => {
    const known = read !== null && performance.now() - read.atMs <= validMs ? read.plans : null;
    if (known !== null && asked.every((id) => known.plans.has(id))) return known;
    const first = Math.max(0, ids.indexOf(asked[0] ?? Number.NaN));
    const atMs = performance.now();
    const plans = await readPlans(context, ids.slice(first, first + groupRows));
    read = { plans, atMs };
    return plans;
  };
}

/** For each operation that has to wait for another one of the same work: that one, which is retried first. */
function firstOfWorks(plans: ReadonlyMap<number, RetryPlan>): ReadonlyMap<number, number> {
  const firsts = new Map<number, number>();
  const firstOf = new Map<number, number>();
  for (const [id, plan] of plans) {
    if (plan.kind !== 'possible') continue;
    const first = plan.attempts.map((attempt) => firstOf.get(attempt)).find((found) => found !== undefined);
    if (first !== undefined) firsts.set(id, first);
    else for (const attempt of plan.attempts) firstOf.set(attempt, id);
  }
  return firsts;
}

/**
 * Reads the rows that may be attempts of the same work as these operations.
 *
 * @throws {DatabaseError}
 */
export async function readCandidates({ connection, target }: Reader, ids: readonly number[]): Promise<Candidates> {
  const rowLimit = ids.length > 1 ? mostRows : mostRows * 10;
  const values = { ids, limit: mostAlike, rows: rowLimit, tableOid: target.identity.tableOid };
  const read = { ...query('retry-candidates', target, values), seconds: readSeconds };
  const [found = []] = await readTagged(connection, target, [read]);
  const candidates = ofKind(found, 'candidate');
  if (ids.length > 1 && candidates.length >= mostRows) {
    const middle = Math.ceil(ids.length / 2);
    return joined([
      await readCandidates({ connection, target }, ids.slice(0, middle)),
      await readCandidates({ connection, target }, ids.slice(middle)),
    ]);
  }
  const rows = candidates.flatMap((body) => {
    const decoded = decodeOperation(body, 'full');
    if (decoded.kind !== 'ok') return [];
    const by = (body as { by?: unknown }).by;
    const row: Operation & CheckpointRow & { readonly by: unknown } = {
      ...decoded.value,
      mark: readMark(decoded.value.validationQuery).mark,
      by,
    };
    return [row];
  });
  const alike = Map.groupBy(
    rows.filter(({ by }) => by === 'query'),
    ({ sourceQuery }) => sourceQuery,
  );
  const sharedQueries = new Set([...alike].flatMap(([text, same]) => (same.length < mostAlike ? [] : [text])));
  return {
    attempts: rows.filter(({ by, sourceQuery }) => by !== 'query' || !sharedQueries.has(sourceQuery)),
    sharedQueries,
    above: aboveOf(ofKind(found, 'top')[0]),
  };
}

/** @param top the highest id; null or none if a new row may have a lower one */
function aboveOf(top: unknown): number | null {
  return top == null ? null : Number(top) - lateIds;
}

function joined(parts: readonly Candidates[]): Candidates {
  const attempts = new Map(parts.flatMap((part) => part.attempts.map((row) => [row.id, row] as const)));
  return {
    attempts: [...attempts.values()],
    sharedQueries: new Set(parts.flatMap((part) => [...part.sharedQueries])),
    above: parts.some(({ above }) => above === null) ? null : Math.min(...parts.map(({ above }) => above ?? 0)),
  };
}
