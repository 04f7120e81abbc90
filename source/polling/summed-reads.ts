import { alongTheKey, type Read } from '../database/bounds.ts';
import {
  attempt,
  counter,
  type Decoded,
  finite,
  integer,
  known,
  named,
  optional,
  visible,
} from '../database/decode.ts';
import type { Expression } from '../database/literals.ts';
import { query } from '../database/query.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import { isPhase } from '../domain/operation.ts';
import type { SummedGain } from '../domain/snapshot.ts';
import type { ChangesRequest } from './changes.ts';
import { decodeRange } from './decode-range.ts';
import { highestId } from './id-range.ts';
import type { Ledger } from './ledger-interface.ts';
import { historySpanSeconds } from './recent-history.ts';
import type { Summed } from './summed.ts';

/** Maximum number of new rows that are added up in one poll: more are counted between polls, as an id range of their own. */
export const mostSummed = 100_000;

/** An end may be later than now, by the clock of its writer. */
const tomorrow: Expression = {
  sql: "pg_catalog.date_part('epoch', LOCALTIMESTAMP) OPERATOR(pg_catalog.+) 86400",
};

/** The statements that add up the new rows of a poll; none if it fetches all rows. */
export function summedReads(
  target: Target,
  ledger: Pick<Ledger, 'keys' | 'evidence' | 'historyUntil'>,
  request: ChangesRequest,
  seconds: number,
): Read[] {
  const { summed, upTo, watched } = request;
  if (summed === null || upTo === null) return [];
  const { mask, others } = ledger.keys();
  const range = query('range', target, {
    first: upTo + 1n,
    last: highestId,
    limit: mostSummed,
    endedAfter: ledger.historyUntil(),
    endedUntil: tomorrow,
    spanSeconds: historySpanSeconds,
    withNulls: false,
    digestMask: mask,
    digests: others,
    turnKey: null,
    ...ledger.evidence(),
  });
  const gains = query('summed', target, { above: upTo, since: summed.since, watched, late: summed.lateIds });
  return [
    { ...gains, seconds: seconds / 2 },
    { ...range, seconds: seconds / 2, after: alongTheKey },
  ];
}

/** The result of `summedReads`. */
export function summedIn([gains = [], range = []]: readonly (readonly Tagged[])[]): Summed {
  const [late, pending] = ofKind(gains, 'late').flatMap((lists) => (Array.isArray(lists) ? lists : []));
  const idsIn = (list: unknown): number[] => (Array.isArray(list) ? list.filter((id) => Number.isSafeInteger(id)) : []);
  return {
    ...decodeRange(range, mostSummed),
    gains: kept(ofKind(gains, 'gains').flatMap(decodeGains)),
    lateIds: idsIn(late),
    latePending: idsIn(pending),
  };
}

const gainColumns = [
  'phase',
  'table_name',
  'worker_id',
  'operations',
  'records',
  'first_end',
  'last_end',
  'seconds',
] as const;

/** Decodes the gains, an array for each column (sql/queries/summed.sql). */
function decodeGains(body: unknown): Decoded<SummedGain>[] {
  const columns: unknown[][] = Array.isArray(body) ? body.filter(Array.isArray) : [];
  return (columns[0] ?? []).map((_, index) =>
    attempt(
      named(
        columns.map((column) => column[index]),
        gainColumns,
      ),
      (row) => ({
        phase: known(row, 'phase', isPhase),
        tableName: visible(row, 'table_name'),
        workerId: optional(row, 'worker_id', counter),
        operations: integer(row, 'operations'),
        records: integer(row, 'records'),
        firstEnd: finite(row, 'first_end'),
        lastEnd: finite(row, 'last_end'),
        seconds: optional(row, 'seconds', finite),
      }),
    ),
  );
}
