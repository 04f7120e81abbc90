import { attemptSumsOf, hasAllRecords, isSized, type SingleSums, type WorkSums, workSumsOf } from './attempt-sums.ts';
import { largest } from './extremes.ts';
import type { Memo } from './memo.ts';
import { isOpen } from './operation.ts';
import type { Sums } from './progress.ts';
import { worksOf } from './query-works.ts';
import type { RowSums, Total } from './snapshot.ts';
import { byStart } from './start-order.ts';
import { sum } from './sum.ts';
import {
  batchSizeOf,
  counterOf,
  type EvidenceRow,
  isLiveOrCompleted,
  isOutside,
  isSideRow,
  type Marked,
  markedAs,
  totalNamed,
  workOf,
} from './works.ts';

/** The rows of one phase and table, added up by works: the evidence of how the table counts. */
export interface Measure extends Sums {
  readonly all: WorkSums;
  /** The works of more than one batch, and those whose total is at most their batch size. */
  readonly main: MainSums;
  readonly side: WorkSums;
  /** How many unmarked rows have a counter and a total above 0 (if no row has such a total: a counter above 0). */
  readonly evidence: number;
  /** How many of them have a counter above their batch size, or no batch size. */
  readonly outside: number;
  /** How many completed rows have all records of a total above 0, each by its own counter. */
  readonly reachedRows: number;
  /** Whether all of them are attempts of one work. */
  readonly isOneWork: boolean;
  /** Whether two or more of them are completed, all with the same counter; or all of them have the same counter. */
  readonly isEven: boolean;
  /** The rows of them that are listed, in order of start: their order is evidence. */
  readonly ordered: readonly EvidenceRow[];
  /** The listed rows and, if some have a total, those with a counter but no total. */
  readonly wider: readonly EvidenceRow[];
  /** Whether the sums show that a later row is below an earlier one, among the rows that are not listed. */
  readonly isFalling: boolean;
  /** Whether each row names a total. */
  readonly hasAllTotals: boolean;
  /** How many records the works with an open operation have left; null if not all rows are listed. */
  readonly openLeft: number | null;
  /** Whether any row names a batch size. */
  readonly hasBatchSizes: boolean;
  /** How the rows that `migtop/worker` marked count, if no other row has a counter. */
  readonly marked: Marked | null;
  /** Whether earlier rows are left out (`Total.isPart`). */
  readonly isPart?: boolean;
}

/** The works of more than one batch, and their rows as evidence (`evidence` and `outside` below are those of all rows). */
export interface MainSums extends WorkSums {
  readonly reachedRows: number;
  readonly completedEvidence: number;
  readonly outside: number;
  readonly largestCompleted: number | null;
}

/** Adds up all rows of one phase and table. */
export function measureOf(rows: readonly EvidenceRow[]): Measure {
  const attempts = worksOf(rows);
  const works = attempts.map((of) => ({ ...workOf(of), of, isMarked: of.some(({ mark }) => mark !== null) }));
  const withTotal = rows.filter((row) => totalNamed(row) !== null);
  const isSizedTable = withTotal.some((row) => (totalNamed(row) ?? 0) > 0);
  const reported = rows.filter((row) => counterOf(row) > 0);
  const isMarked = reported.length > 0 && reported.every(({ mark }) => mark !== null);
  const apart = isMarked ? [] : worksApart(works);
  const shared = apart.length === 0 ? works : works.filter((work) => !apart.includes(work));
  const sharedRows = apart.length === 0 ? rows : shared.flatMap(({ of }) => of);
  // Marked rows are no evidence of how other rows count.
  const judged = works.filter((work) => isSized(work) && (isMarked || !work.isMarked));
  const isWider = (row: EvidenceRow): boolean => counterOf(row) > 0 && row.mark === null;
  const isEvidence = (row: EvidenceRow): boolean => isWider(row) && (!isSizedTable || (totalNamed(row) ?? 0) > 0);
  const evidence = rows.filter(isEvidence);
  const completed = evidence.filter(({ status }) => status === 'completed').map(counterOf);
  const sides = shared.filter(({ isSide }) => isSide);
  const whole = withTotal.filter((row) => row.status === 'completed' && hasAllRecords(row));
  return {
    records: sum(works.map(({ records }) => records)),
    totals: sum(works.map(({ total, records }) => total ?? records)),
    rowsWithTotal: withTotal.length,
    largest: sharedRows.reduce(
      (most, row) => (isLiveOrCompleted(row.status) ? Math.max(most, counterOf(row) + (row.mark?.before ?? 0)) : most),
      0,
    ),
    largestTotal: withTotal.length === 0 ? null : largest(sharedRows.map((row) => totalNamed(row) ?? 0)),
    apartTotals: sum(apart.map(({ total }) => total ?? 0)),
    openSized: withTotal.filter((row) => isOpenOrSkipped(row) && (totalNamed(row) ?? 0) > 0).length,
    besideTotal:
      largest(shared.map(({ isSide, total }) => (isSide ? 0 : (total ?? 0)))) +
      sum(sides.map(({ total }) => total ?? 0)),
    all: workSumsOf(judged),
    main: {
      ...workSumsOf(judged.filter(({ isSide }) => !isSide)),
      ...mainEvidence(evidence.filter((row) => !isSideRow(row))),
      reachedRows: whole.filter((row) => !isSideRow(row)).length,
    },
    side: workSumsOf(judged.filter(({ isSide }) => isSide)),
    evidence: evidence.length,
    outside: evidence.filter(isOutside).length,
    reachedRows: whole.length,
    isOneWork: attempts.filter((work) => work.some(isEvidence)).length === 1,
    isEven: (completed.length >= 2 && new Set(completed).size === 1) || new Set(evidence.map(counterOf)).size === 1,
    ordered: evidence.toSorted(byStart),
    wider: rows.filter(isWider).sort(byStart),
    isFalling: false,
    hasAllTotals: withTotal.length === rows.length,
    openLeft: sum(
      works.map(({ state, total, records }) => (state === 'open' ? Math.max(0, (total ?? 0) - records) : 0)),
    ),
    hasBatchSizes: rows.some((row) => batchSizeOf(row) !== null),
    marked: isMarked || evidence.length === 0 ? markedAs(rows) : null,
  };
}

/**
 * The works that `migtop/worker` marked, of a table in which others are not marked, with another total than these: they count against their own,
 * unless the library wrote how far the table was.
 */
function worksApart<Work extends { readonly total: number | null; readonly of: readonly EvidenceRow[] }>(
  works: readonly Work[],
): readonly Work[] {
  const isOwn = ({ of }: Work): boolean =>
    of.some(({ mark }) => mark !== null) && of.every(({ mark }) => mark?.isPlaced !== true || mark.isOfOperation);
  const others = largest(works.map((work) => (isOwn(work) ? 0 : (work.total ?? 0))));
  if (others <= 0) return [];
  return works.filter((work) => {
    const total = work.total ?? 0;
    return total > 0 && isOwn(work) && Math.abs(total - others) * 10 > Math.max(total, others);
  });
}

function mainEvidence(rows: readonly EvidenceRow[]): Omit<MainSums, keyof WorkSums | 'reachedRows'> {
  const completed = rows.filter(({ status }) => status === 'completed');
  return {
    completedEvidence: completed.length,
    outside: rows.filter(isOutside).length,
    largestCompleted: completed.length === 0 ? null : largest(completed.map(counterOf)),
  };
}

/** The measure of a total: of its rows if it has all of them, else of its sums, with the attempts of a work counted once. */
export function measureOfTotal(total: Total, memo: Memo): Measure {
  const measure = total.hasAllRows ? measureOf(total.rows) : measureOfSums(total, memo);
  return total.isPart === true ? { ...measure, isPart: true } : measure;
}

function measureOfSums(total: Total, memo: Memo): Measure {
  // The attempts are the same array until one of them changes.
  const { single, joined, records, totals, sideTotals } = memo(attemptSumsOf, total.attempts);
  const main = corrected(total.main, single.main, joined.main);
  const side = corrected(total.side, single.side, joined.side);
  // Rows without a total above 0 are evidence if no row has one.
  const isBare = (larger(total.main.largestTotal, total.side.largestTotal) ?? 0) === 0;
  const of = joinedSums(total.main, total.side);
  const wider = total.rows.filter((row) => counterOf(row) > 0 && row.mark === null).sort(byStart);
  const ordered = wider.filter((row) => isBare || (totalNamed(row) ?? 0) > 0);
  const first = ordered.find(({ status }) => status === 'completed');
  const { completed, largestCompleted, smallestCompleted } = completedOf(total, of, isBare);
  const evidence = isBare ? total.bare : of.evidence;
  const evidenceRecords = isBare ? total.recordsProcessed : total.evidenceRecords;
  const largestEvidence = (isBare ? total.largestProcessed : total.largestEvidence) ?? 0;
  return {
    records: total.recordsProcessed + records,
    totals: total.totals + totals,
    rowsWithTotal: total.rowsWithTotal,
    largest: Math.max(0, total.main.largestLive ?? 0, total.side.largestLive ?? 0),
    largestTotal: larger(total.main.largestTotal, total.side.largestTotal),
    apartTotals: 0,
    openSized: openSizedIn(total.main) + openSizedIn(total.side),
    besideTotal: (total.main.largestTotal ?? 0) + total.side.totals - single.side.totals + sideTotals,
    all: joinedWorks(main, side),
    main: {
      ...main,
      completedEvidence: total.main.completedEvidence,
      outside: total.main.outside,
      largestCompleted: total.main.largestCompleted,
      reachedRows: total.main.reachedWorks,
    },
    side,
    evidence: total.marked === null ? evidence : 0,
    outside: isBare ? total.bareOutside : of.outside,
    reachedRows: total.main.reachedWorks + total.side.reachedWorks,
    isOneWork: evidence === 1,
    isEven:
      (completed >= 2 && largestCompleted === smallestCompleted) ||
      (evidence > 0 && evidenceRecords === evidence * largestEvidence),
    ordered,
    wider,
    isFalling: first !== undefined && smallestCompleted !== null && smallestCompleted < counterOf(first),
    hasAllTotals: total.rowsWithTotal === operationsOf(total),
    openLeft: null,
    hasBatchSizes: (total.largestBatch ?? 0) > 0,
    marked: total.marked,
  };
}

/** How many rows of the evidence are completed, with their largest and smallest counter. @param isBare as in `measureOfSums` */
function completedOf(total: Total, of: CompletedSums, isBare: boolean) {
  return isBare
    ? {
        completed: total.completedBare,
        largestCompleted: total.largestCompleted,
        smallestCompleted: total.smallestCompletedBare,
      }
    : { ...of, completed: of.completedEvidence };
}

type CompletedSums = Pick<RowSums, 'completedEvidence' | 'largestCompleted' | 'smallestCompleted'>;

/** Replaces some rows in the sums by the works that they are attempts of. */
function corrected(of: RowSums, singles: SingleSums, works: WorkSums): WorkSums {
  const figure = (name: Exclude<keyof WorkSums, 'smallestTotal' | 'largestTotal'>): number =>
    of[name] - singles[name] + works[name];
  return {
    works: figure('works'),
    smallestTotal: of.smallestTotal,
    largestTotal: of.largestTotal,
    unitWorks: figure('unitWorks'),
    reachedWorks: figure('reachedWorks'),
    unfinishedWorks: figure('unfinishedWorks'),
    unfinishedRecords: figure('unfinishedRecords'),
  };
}

function joinedWorks(a: WorkSums, b: WorkSums): WorkSums {
  return {
    works: a.works + b.works,
    smallestTotal: smaller(a.smallestTotal, b.smallestTotal),
    largestTotal: larger(a.largestTotal, b.largestTotal),
    unitWorks: a.unitWorks + b.unitWorks,
    reachedWorks: a.reachedWorks + b.reachedWorks,
    unfinishedWorks: a.unfinishedWorks + b.unfinishedWorks,
    unfinishedRecords: a.unfinishedRecords + b.unfinishedRecords,
  };
}

function joinedSums(a: RowSums, b: RowSums): CompletedSums & Pick<RowSums, 'evidence' | 'outside'> {
  return {
    evidence: a.evidence + b.evidence,
    outside: a.outside + b.outside,
    completedEvidence: a.completedEvidence + b.completedEvidence,
    largestCompleted: larger(a.largestCompleted, b.largestCompleted),
    smallestCompleted: smaller(a.smallestCompleted, b.smallestCompleted),
  };
}

/** How many rows with a total above 0 are open or were skipped: a skip must not raise the figures. */
const openSizedIn = ({ unfinishedWorks, failedWorks }: RowSums): number => unfinishedWorks - failedWorks;

const isOpenOrSkipped = ({ status }: EvidenceRow): boolean => isOpen(status) || status === 'skipped';

function operationsOf({ statuses }: Total): number {
  return sum(Object.values(statuses));
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
