import { type Memo, noMemo } from './memo.ts';
import { isOpen, type Phase, phases, type Status, type StatusCounts, statuses } from './operation.ts';
import type { Total } from './snapshot.ts';
import { type SteadyCountings, steadyTotals } from './steady-counting.ts';
import { type PhaseSummary, summarisePhase, summariseTables, type TableSummary } from './summary.ts';

/** The totals of one phase, and their summaries: the same object until one of them changes. */
export interface PhaseTotals {
  readonly totals: readonly Total[];
  readonly countings: SteadyCountings;
  /** Whether time alone changes nothing: no table is about to be counted in another way. */
  readonly isSettled: boolean;
  /** By name. */
  readonly tables: readonly TableSummary[];
  readonly summary: PhaseSummary;
  /** These totals as they were counted, if more operations are open now than were counted. */
  readonly counted?: PhaseTotals;
}

/** The six phases in order, those without operations too (specification, "Overall Migration Progress"). */
export type TotalsByPhase = ReadonlyMap<Phase, PhaseTotals>;

/** The total of a table in a phase; undefined if it has no operation there. */
export function totalIn(totals: TotalsByPhase, phase: Phase, tableName: string): Total | undefined {
  return totals.get(phase)?.totals.find((one) => one.tableName === tableName);
}

/**
 * Adds the totals of a poll up. Polls mostly change the tables of one phase, and there may be thousands.
 *
 * @param memo keeps the summaries of tables: most totals are the same objects as at the last poll
 * @param counts the operations in some statuses, as of this poll: the totals may be older
 */
export function totalsByPhase(
  before: TotalsByPhase | null,
  totals: readonly Total[],
  takenAt: number,
  memo: Memo = noMemo,
  counts: Partial<StatusCounts> = {},
): TotalsByPhase {
  const groups = Map.groupBy(totals, ({ phase }) => phase);
  const counted = phases.map((phase): [Phase, PhaseTotals] => {
    const known = before?.get(phase);
    return [phase, phaseTotals(known?.counted ?? known, phase, groups.get(phase) ?? [], takenAt, memo)];
  });
  const hasMore = openOf(counts, counted) > openOf({}, counted);
  return new Map(hasMore ? counted.map(([phase, of]) => [phase, withMoreOpen(of)]) : counted);
}

const openStatuses = statuses.filter(isOpen);

/** The open operations by `counts`, and of the statuses that it lacks by the totals. */
function openOf(counts: Partial<StatusCounts>, counted: readonly (readonly [Phase, PhaseTotals])[]): number {
  const inTotals = (status: Status): number =>
    counted.reduce((sum, [, { summary }]) => sum + summary.statuses[status], 0);
  return openStatuses.reduce((sum, status) => sum + (counts[status] ?? inTotals(status)), 0);
}

/** Nobody knows yet in which table the other open operations are: none is done until they have been counted. */
function withMoreOpen(counted: PhaseTotals): PhaseTotals {
  const open = <Figures extends { readonly percent: number | null }>(figures: Figures): Figures => ({
    ...figures,
    percent: figures.percent === null ? null : Math.min(figures.percent, 99.99),
    outcome: null,
    completedAt: null,
  });
  return { ...counted, tables: counted.tables.map(open), summary: open(counted.summary), counted };
}

function phaseTotals(
  before: PhaseTotals | undefined,
  phase: Phase,
  totals: readonly Total[],
  takenAt: number,
  memo: Memo,
): PhaseTotals {
  if (before?.isSettled === true && isSame(before.totals, totals)) return before;
  const { totals: kept, countings } = steadyTotals(before?.countings ?? new Map(), totals, takenAt, memo);
  const tables = summariseTables(kept, phase, memo);
  const isSettled = [...countings.values()].every(({ otherSince }) => otherSince === null);
  return { totals, countings, isSettled, tables, summary: summarisePhase(phase, tables) };
}

function isSame(before: readonly Total[], latest: readonly Total[]): boolean {
  return before.length === latest.length && latest.every((total, index) => total === before[index]);
}
