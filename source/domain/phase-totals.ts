import { type Memo, noMemo } from './memo.ts';
import { type Phase, phases } from './operation.ts';
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
}

/** The six phases in order, those without operations too (specification, "Overall Migration Progress"). */
export type TotalsByPhase = ReadonlyMap<Phase, PhaseTotals>;

/**
 * Adds the totals of a poll up. Polls mostly change the tables of one phase, and there may be thousands.
 *
 * @param memo keeps the summaries of tables: most totals are the same objects as at the last poll
 */
export function totalsByPhase(
  before: TotalsByPhase | null,
  totals: readonly Total[],
  takenAt: number,
  memo: Memo = noMemo,
): TotalsByPhase {
  const groups = Map.groupBy(totals, ({ phase }) => phase);
  return new Map(
    phases.map((phase) => [phase, phaseTotals(before?.get(phase), phase, groups.get(phase) ?? [], takenAt, memo)]),
  );
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
