import { alongTheKey, type Read } from '../database/bounds.ts';
import type { Expression } from '../database/literals.ts';
import { query } from '../database/query.ts';
import { ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { ChangesRequest, CountingResult, CountingWork } from './changes.ts';
import { decodeProbe } from './decode-changes.ts';
import { decodeInSlices } from './decode-range.ts';
import type { Ledger } from './ledger-interface.ts';
import { historySeconds, historySpanSeconds } from './recent-history.ts';
import { noEvidence } from './samples.ts';

/** The time of the transaction, and an hour before it, for the count that is read with the first changes. */
const now: Expression = { sql: "pg_catalog.date_part('epoch', LOCALTIMESTAMP)" };
const anHourAgo: Expression = { sql: `${now.sql} OPERATOR(pg_catalog.-) ${historySeconds}` };

/** Maximum seconds for a count that is read in one message with the changes. */
export const countSeconds = 4;

/** The statement of a poll. */
export function changesRead(target: Target, request: ChangesRequest, seconds: number): Read {
  const { table, hasVersions } = target;
  // Without versions every candidate may have changed: no transaction is older than 2 (FrozenTransactionId).
  const since = request.since === null || hasVersions ? request.since : 2;
  return { ...query('changes', target, { ...request, isSummed: request.summed !== null, since, table }), seconds };
}

/** The hour of which the first count of a range returns the history. @param until its end; null for the last hour */
export function historyAsked(until: number | null) {
  return {
    endedAfter: until === null ? anHourAgo : until - historySeconds,
    endedUntil: until ?? now,
    spanSeconds: historySpanSeconds,
  };
}

/** The statement of a step of counting. @param turnKey if another session has this lock, an id range is not counted */
export function countRead(
  target: Target,
  ledger: Pick<Ledger, 'keys' | 'historyUntil'>,
  work: CountingWork,
  turnKey: string | null,
): Read {
  if (work.kind === 'probe') {
    const firstIds = work.ranges.slice(1).map(({ first }) => first);
    return { ...query('probe', target, { status: work.status, firstIds }), seconds: countSeconds };
  }
  const { range, limit } = work;
  const { mask, others } = ledger.keys();
  const noHistory = { endedAfter: null, endedUntil: null, spanSeconds: historySpanSeconds };
  const history = range.countedAt === null ? historyAsked(ledger.historyUntil()) : noHistory;
  const common = { ...{ first: range.first, last: range.last, limit }, ...history, turnKey };
  const statement =
    work.isBrief === true
      ? query('range-brief', target, common)
      : query('range', target, { ...common, withNulls: false, digestMask: mask, digests: others, ...noEvidence });
  return { ...statement, seconds: countSeconds, after: alongTheKey };
}

/** The result of `countRead`. */
export function countedIn<Work extends CountingWork>(
  work: Work,
  rows: readonly Tagged[],
): Promise<CountingResult & { readonly kind: Work['kind'] }>;
export async function countedIn(work: CountingWork, rows: readonly Tagged[]): Promise<CountingResult> {
  if (work.kind === 'range') return { kind: 'range', range: work.range, ...(await decodeInSlices(rows, work.limit)) };
  const counts = new Map(ofKind(rows, 'probe').map(decodeProbe));
  return { ...work, counts: work.ranges.map((_, index) => counts.get(index) ?? 0) };
}
