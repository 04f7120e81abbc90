import { isOpen, type Status } from './operation.ts';
import type { Counting, Sums } from './progress.ts';
import type { Total } from './snapshot.ts';
import { batchOf, counterOf, type EvidenceRow, totalNamed, workOf, worksOf } from './works.ts';

/** The rows of one phase and table, added up by works: what its way of counting is told by. */
export interface Measure extends Sums {
  /** Works with a total above 0. */
  readonly works: number;
  readonly smallestTotal: number | null;
  /** Works whose total is their batch size. */
  readonly unitWorks: number;
  /** Completed works that reached their total. */
  readonly reachedWorks: number;
  /** Works with a total that are pending, running or paused, or that failed. */
  readonly openWorks: number;
  readonly failedWorks: number;
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
  /** Whether it is known of the others that a later row is below an earlier one. */
  readonly isFalling: boolean;
  /** Whether `migtop/worker` wrote that the rows count against totals of their own. */
  readonly isMarkedOwn: boolean;
}

export interface Verdict {
  readonly counting: Counting;
  /** What speaks for which way of counting, in words for the Tables view; only where it is unclear. */
  readonly reasons: readonly string[];
}

/** Adds up all rows of one phase and table. */
export function measureOf(rows: readonly EvidenceRow[]): Measure {
  const attempts = worksOf(rows);
  const works = attempts.map(workOf);
  const sized = works.filter(({ total }) => total !== null && total > 0);
  const withTotal = rows.filter((row) => totalNamed(row) !== null);
  const isEvidence = (row: EvidenceRow): boolean =>
    counterOf(row) > 0 && row.mark === null && (withTotal.length === 0 || (totalNamed(row) ?? 0) > 0);
  const evidence = rows.filter(isEvidence);
  const ended = evidence.filter(({ status }) => !isOpen(status)).map(counterOf);
  const live = rows.filter(({ status }) => isLiveOrCompleted(status));
  return {
    records: sum(works.map(({ records }) => records)),
    totals: sum(works.map(({ total, records }) => total ?? records)),
    rowsWithTotal: withTotal.length,
    largest: Math.max(0, ...live.map((row) => counterOf(row) + (row.mark?.before ?? 0))),
    largestTotal: withTotal.length === 0 ? null : Math.max(...withTotal.map((row) => totalNamed(row) ?? 0)),
    smallestTotal: sized.length === 0 ? null : Math.min(...sized.map(({ total }) => total ?? 0)),
    works: sized.length,
    unitWorks: sized.filter(({ isUnit }) => isUnit).length,
    reachedWorks: sized.filter(({ state, total, records }) => state === 'completed' && records >= (total ?? 0)).length,
    openWorks: sized.filter(({ state }) => state === 'open').length,
    failedWorks: sized.filter(({ state }) => state === 'failed').length,
    evidence: evidence.length,
    outside: evidence.filter(isOutside).length,
    isOneWork: attempts.filter((work) => work.some(isEvidence)).length === 1,
    isEven: ended.length >= 2 && new Set(ended).size === 1,
    ordered: evidence.toSorted(byStart),
    isFalling: false,
    isMarkedOwn: evidence.length === 0 && rows.some(({ mark }) => mark?.isOfOperation === true),
  };
}

/** The measure of a total: of its rows where it has all of them, else of its sums, without a view to repeated attempts. */
export function measureOfTotal(total: Total): Measure {
  if (total.hasAllRows) return measureOf(total.rows);
  const { rowsWithTotal, largestEnded, smallestEnded, rows } = total;
  const isBare = rowsWithTotal === 0;
  const isEvidence = (row: EvidenceRow): boolean => counterOf(row) > 0 && (isBare || (totalNamed(row) ?? 0) > 0);
  const ordered = rows.filter((row) => isEvidence(row) && row.mark === null).toSorted(byStart);
  // What the library wrote is told by the first rows: it writes all rows of a table, or others do.
  const isMarked = ordered.length === 0 && rows.some(isEvidence);
  const ended = ordered.find(({ status }) => !isOpen(status));
  return {
    records: total.recordsProcessed,
    totals: total.totals,
    rowsWithTotal,
    largest: Math.max(0, total.largestLive ?? 0),
    largestTotal: total.largestTotal,
    smallestTotal: total.smallestTotal,
    works: total.works,
    unitWorks: total.unitWorks,
    reachedWorks: total.reachedWorks,
    openWorks: total.openWorks,
    failedWorks: total.failedWorks,
    evidence: isMarked ? 0 : isBare ? total.bare : total.evidence,
    outside: isBare ? total.bareOutside : total.outside,
    isOneWork: (isBare ? total.bare : total.evidence) === 1,
    isEven: !isBare && total.endedEvidence >= 2 && largestEnded === smallestEnded,
    ordered,
    isFalling: !isBare && ended !== undefined && smallestEnded !== null && smallestEnded < counterOf(ended),
    isMarkedOwn: isMarked && rows.some(({ mark }) => mark?.isOfOperation === true),
  };
}

/**
 * How a table counts, by the evidence of its rows (docs/figures.md has the rule in words). Where two ways are possible
 * the first that is proven is taken: own totals, then cumulative, then per batch.
 */
export function judge(measure: Measure): Verdict {
  const cumulative = isCumulative(measure);
  if (hasOwnTotals(measure, cumulative)) return clear('own totals');
  if (cumulative) return clear('cumulative');
  const { ordered, evidence, isOneWork, outside, isEven, isFalling } = measure;
  if (evidence === 0 || isOneWork || outside === 0 || isEven) return clear('per batch');
  if (isFalling || ordered.some((row, index) => isBelow(row, ordered[index - 1]))) return clear('per batch');
  if (new Set(ordered.map(counterOf)).size === 1 && ordered.length === evidence) return clear('per batch');
  return { counting: 'unclear', reasons: reasonsOf(measure) };
}

const clear = (counting: Counting): Verdict => ({ counting, reasons: [] });

function hasOwnTotals(measure: Measure, cumulative: boolean): boolean {
  const { works, smallestTotal, largestTotal, unitWorks, reachedWorks, openWorks, failedWorks } = measure;
  if (works < 2) return false;
  const spread = (largestTotal ?? 0) - (smallestTotal ?? 0);
  if (spread * 10 > (largestTotal ?? 0) || unitWorks >= 2 || measure.isMarkedOwn) return true;
  if (reachedWorks === 0 || openWorks + failedWorks === 0) return false;
  // The last row of a cumulative table is at the total, too, and a failure before it is no range of its own.
  return !(cumulative && reachedWorks === 1 && openWorks === 0);
}

function isCumulative({ ordered }: Measure): boolean {
  const completed = ordered.filter(({ status }) => status === 'completed');
  const [first] = completed;
  const last = completed.at(-1);
  if (first === undefined || last === undefined || completed.length < 2) return false;
  const unit = (row: EvidenceRow): number => batchOf(row) ?? counterOf(first);
  return (
    counterOf(first) <= 1.5 * unit(first) &&
    counterOf(last) > unit(last) &&
    completed.every((row, index) => {
      const before = completed[index - 1];
      const step = before === undefined ? 1 : counterOf(row) - counterOf(before);
      return step > 0 && step <= 1.5 * unit(row);
    })
  );
}

/** In order of start; a row without a start has the place of its end, and one without either comes first. */
export function byStart(a: EvidenceRow, b: EvidenceRow): number {
  const [earlier, later] = [placeOf(a), placeOf(b)];
  return earlier === later ? a.id - b.id : earlier - later;
}

export function placeOf({ startedAt, completedAt }: Pick<EvidenceRow, 'startedAt' | 'completedAt'>): number {
  if (startedAt !== null && Number.isFinite(startedAt)) return startedAt;
  return completedAt !== null && Number.isFinite(completedAt) ? completedAt : Number.MIN_SAFE_INTEGER;
}

export function isOutside(row: Pick<EvidenceRow, 'recordsProcessed' | 'batchSize'>): boolean {
  const batch = batchOf(row);
  return batch === null || counterOf(row) > batch;
}

export function isLiveOrCompleted(status: Status): boolean {
  return status === 'completed' || status === 'running' || status === 'paused';
}

function isBelow(row: EvidenceRow, before: EvidenceRow | undefined): boolean {
  return before !== undefined && counterOf(row) < counterOf(before);
}

function reasonsOf({ ordered, outside, evidence }: Measure): string[] {
  const completed = ordered.filter(({ status }) => status === 'completed').length;
  const beyond = ordered.find(isOutside);
  const above =
    beyond === undefined || batchOf(beyond) === null
      ? 'no batch size says how much one operation moves'
      : `operation ${beyond.id} has more records than its batch of ${beyond.batchSize}`;
  return [
    `for cumulative: no later operation has fewer records than an earlier one, and ${above}`,
    completed < 2
      ? 'against it: fewer than two operations are completed'
      : 'against it: the records do not grow batch by batch',
    outside === evidence
      ? 'for per batch: nothing but that'
      : `for per batch: ${evidence - outside} of ${evidence} operations are within their batch`,
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
