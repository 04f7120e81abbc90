import { isOpen } from './operation.ts';
import type { Sums } from './progress.ts';
import type { RowSums, Total } from './snapshot.ts';
import { sumsOfRows } from './tally.ts';
import {
  batchOf,
  byStart,
  counterOf,
  type EvidenceRow,
  isLiveOrCompleted,
  isOutside,
  isSideRow,
  type Marked,
  markedAs,
  repeatedWorks,
  totalNamed,
  type WorkFigures,
  workOf,
  worksOf,
} from './works.ts';

/** Works with a total above 0, added up. */
export interface WorkSums {
  readonly works: number;
  readonly smallestTotal: number | null;
  readonly largestTotal: number | null;
  /** Those whose total is their batch size. */
  readonly unitWorks: number;
  /** Completed ones that reached their total. */
  readonly reachedWorks: number;
  /** Those that are pending, running or paused, or that failed. */
  readonly openWorks: number;
  readonly failedWorks: number;
}

/** The rows of one phase and table, added up by works: what its way of counting is told by. */
export interface Measure extends Sums {
  readonly all: WorkSums;
  /** Those whose total is above their batch size, or that have no batch size. */
  readonly main: WorkSums;
  /** Rows of others with a counter and a total above 0 (where no row has a total: with a counter above 0). */
  readonly evidence: number;
  /** Those whose counter is above their batch size, or that have none. */
  readonly outside: number;
  /** Whether they are of one work. */
  readonly isOneWork: boolean;
  /** Whether the counters of two or more that ended are all the same. */
  readonly isEven: boolean;
  /** Those of them by whose order it is judged, in order of start. */
  readonly ordered: readonly EvidenceRow[];
  /** The same with the rows that have a counter and no total, where others have one. */
  readonly wider: readonly EvidenceRow[];
  /** Whether it is known of the others that a later row is below an earlier one. */
  readonly isFalling: boolean;
  /** Whether any row names a batch size. */
  readonly hasBatchSizes: boolean;
  /** What `migtop/worker` wrote on the rows, where no others have a counter. */
  readonly marked: Marked | null;
}

/** Adds up all rows of one phase and table. */
export function measureOf(rows: readonly EvidenceRow[]): Measure {
  const attempts = worksOf(rows);
  const works = attempts.map((of) => ({ ...workOf(of), isMarked: of.some(({ mark }) => mark !== null) }));
  const withTotal = rows.filter((row) => totalNamed(row) !== null);
  const moved = rows.filter((row) => counterOf(row) > 0);
  const isMarked = moved.length > 0 && moved.every(({ mark }) => mark !== null);
  // What the library wrote is no evidence for what others wrote.
  const judged = works.filter((work) => isSized(work) && (isMarked || !work.isMarked));
  const sides = works.filter(({ isSide }) => isSide);
  // By rows, whose class no other row changes: so no figure falls when another row comes.
  const mainRows = rows.filter((row) => !isSideRow(row));
  const isBeside = mainRows.length < rows.length && mainRows.some(isAboveBatch);
  const wider = moved.filter((row) => row.mark === null && !(isBeside && isSideRow(row)));
  const isEvidence = (row: EvidenceRow): boolean =>
    wider.includes(row) && (withTotal.length === 0 || (totalNamed(row) ?? 0) > 0);
  const evidence = rows.filter(isEvidence);
  const ended = evidence.filter(({ status }) => !isOpen(status)).map(counterOf);
  const largestOf = (of: readonly EvidenceRow[]): number =>
    of.reduce(
      (largest, row) =>
        isLiveOrCompleted(row.status) ? Math.max(largest, counterOf(row) + (row.mark?.before ?? 0)) : largest,
      0,
    );
  return {
    records: sum(works.map(({ records }) => records)),
    totals: sum(works.map(({ total, records }) => total ?? records)),
    rowsWithTotal: withTotal.length,
    largest: largestOf(rows),
    largestTotal: withTotal.length === 0 ? null : Math.max(...withTotal.map((row) => totalNamed(row) ?? 0)),
    beside: isBeside
      ? {
          records: sum(
            attempts.map((of) => of.filter(isSideRow)).map((of) => (of.length === 0 ? 0 : workOf(of).records)),
          ),
          totals: sum(sides.map(({ total }) => total ?? 0)),
          largest: largestOf(mainRows),
          largestTotal: Math.max(...mainRows.map((row) => totalNamed(row) ?? 0)),
        }
      : null,
    all: workSumsOf(judged),
    main: workSumsOf(judged.filter(({ isSide }) => !isSide)),
    evidence: evidence.length,
    outside: evidence.filter(isOutside).length,
    isOneWork: attempts.filter((work) => work.some(isEvidence)).length === 1,
    isEven: ended.length >= 2 && new Set(ended).size === 1,
    ordered: evidence.toSorted(byStart),
    wider: wider.sort(byStart),
    isFalling: false,
    hasBatchSizes: rows.some((row) => batchOf(row) !== null),
    marked: isMarked || evidence.length === 0 ? markedAs(rows) : null,
  };
}

/** Whether a row names a batch size, and a larger total. */
function isAboveBatch(row: EvidenceRow): boolean {
  const batch = batchOf(row);
  return batch !== null && (totalNamed(row) ?? 0) > batch;
}

const isSized = ({ total }: WorkFigures): boolean => total !== null && total > 0;

function workSumsOf(works: readonly WorkFigures[]): WorkSums {
  const totals = works.map(({ total }) => total ?? 0);
  return {
    works: works.length,
    smallestTotal: totals.length === 0 ? null : Math.min(...totals),
    largestTotal: totals.length === 0 ? null : Math.max(...totals),
    unitWorks: works.filter(({ isUnit }) => isUnit).length,
    reachedWorks: works.filter(({ state, total, records }) => state === 'completed' && records >= (total ?? 0)).length,
    openWorks: works.filter(({ state }) => state === 'open').length,
    failedWorks: works.filter(({ state }) => state === 'failed').length,
  };
}

/** The measure of a total: of its rows where it has all of them, else of its sums, in which attempts of one work are one. */
export function measureOfTotal(total: Total): Measure {
  return total.hasAllRows ? measureOf(total.rows) : measureOfSums(total);
}

function measureOfSums(total: Total): Measure {
  const joined = repeatedWorks(total.attempts);
  const works = joined.map(workOf);
  const single = sumsOfRows(joined.flat());
  const main = corrected(total.main, single.main, workSumsOf(works.filter((work) => isSized(work) && !work.isSide)));
  const side = corrected(total.side, single.side, workSumsOf(works.filter((work) => isSized(work) && work.isSide)));
  const singles = joined.flat();
  const records = sum(works.map((work) => work.records)) - sum(singles.map(counterOf));
  const totals =
    sum(works.map((work) => work.total ?? work.records)) - sum(singles.map((row) => totalNamed(row) ?? counterOf(row)));
  const isBeside = main.works > 0 && side.works > 0;
  const sideWorks = works.filter(({ isSide }) => isSide);
  // Rows without a total count where no row has one.
  const isBare = total.rowsWithTotal === 0;
  const of = isBeside ? total.main : joinedSums(total.main, total.side);
  const wider = total.rows
    .filter((row) => counterOf(row) > 0 && row.mark === null && !(isBeside && isSideRow(row)))
    .sort(byStart);
  const ordered = wider.filter((row) => isBare || (totalNamed(row) ?? 0) > 0);
  const ended = ordered.find(({ status }) => !isOpen(status));
  const { largestEnded, smallestEnded } = of;
  const evidence = isBare ? total.bare : of.evidence;
  return {
    records: total.recordsProcessed + records,
    totals: total.totals + totals,
    rowsWithTotal: total.rowsWithTotal,
    largest: Math.max(0, total.main.largestLive ?? 0, total.side.largestLive ?? 0),
    largestTotal: larger(total.main.largestTotal, total.side.largestTotal),
    beside: isBeside
      ? {
          records: total.side.records - single.side.records + sum(sideWorks.map((work) => work.records)),
          totals: total.side.totals - single.side.totals + sum(sideWorks.map((work) => work.total ?? 0)),
          largest: Math.max(0, total.main.largestLive ?? 0),
          largestTotal: total.main.largestTotal ?? 0,
        }
      : null,
    all: joinedWorks(main, side),
    main,
    evidence: total.marked === null ? evidence : 0,
    outside: isBare ? total.bareOutside : of.outside,
    isOneWork: evidence === 1,
    isEven: !isBare && of.endedEvidence >= 2 && largestEnded === smallestEnded,
    ordered,
    wider,
    isFalling: !isBare && ended !== undefined && smallestEnded !== null && smallestEnded < counterOf(ended),
    hasBatchSizes: (total.largestBatch ?? 0) > 0,
    marked: total.marked,
  };
}

/** Sums of rows, in which some rows are counted as the works that they are attempts of. */
function corrected(of: RowSums, singles: RowSums, works: WorkSums): WorkSums {
  const figure = (name: 'works' | 'unitWorks' | 'reachedWorks' | 'openWorks' | 'failedWorks'): number =>
    of[name] - singles[name] + works[name];
  return {
    works: figure('works'),
    smallestTotal: of.smallestTotal,
    largestTotal: of.largestTotal,
    unitWorks: figure('unitWorks'),
    reachedWorks: figure('reachedWorks'),
    openWorks: figure('openWorks'),
    failedWorks: figure('failedWorks'),
  };
}

function joinedWorks(a: WorkSums, b: WorkSums): WorkSums {
  return {
    works: a.works + b.works,
    smallestTotal: smaller(a.smallestTotal, b.smallestTotal),
    largestTotal: larger(a.largestTotal, b.largestTotal),
    unitWorks: a.unitWorks + b.unitWorks,
    reachedWorks: a.reachedWorks + b.reachedWorks,
    openWorks: a.openWorks + b.openWorks,
    failedWorks: a.failedWorks + b.failedWorks,
  };
}

function joinedSums(
  a: RowSums,
  b: RowSums,
): Pick<RowSums, 'evidence' | 'outside' | 'endedEvidence' | 'largestEnded' | 'smallestEnded'> {
  return {
    evidence: a.evidence + b.evidence,
    outside: a.outside + b.outside,
    endedEvidence: a.endedEvidence + b.endedEvidence,
    largestEnded: larger(a.largestEnded, b.largestEnded),
    smallestEnded: smaller(a.smallestEnded, b.smallestEnded),
  };
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
