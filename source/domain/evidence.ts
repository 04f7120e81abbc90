import type { Operation, Status } from './operation.ts';
import type { Counting } from './progress.ts';

/** The figures of one row by which it is told how its table counts (docs/figures.md). */
export interface EvidenceRow
  extends Pick<
    Operation,
    'id' | 'status' | 'recordsProcessed' | 'totalRecords' | 'batchSize' | 'startedAt' | 'completedAt'
  > {
  readonly work: WorkKey | null;
}

/** The rows of one phase and table, added up by works: attempts of one work are one work. */
export interface Measure {
  /** Records of all works; an attempt adds at most what is left of its work's total. */
  readonly records: number;
  /** The totals of all works; a work that does not say its total has what it processed. */
  readonly totals: number;
  /** Works with a total above 0. */
  readonly works: number;
  /** Rows with a total that is not negative. */
  readonly rowsWithTotal: number;
  readonly smallestTotal: number | null;
  readonly largestTotal: number | null;
  /** Works whose total is their batch size. */
  readonly unitWorks: number;
  /** Completed works that reached their total. */
  readonly reachedWorks: number;
  /** Works with a total that are pending, running or paused, or that failed. */
  readonly openWorks: number;
  readonly failedWorks: number;
  /** The largest counter of a completed or live row: what a cumulative table is at. */
  readonly largest: number;
  /** Rows with a counter and a total above 0 (where no row has a total: with a counter above 0). */
  readonly evidence: number;
  /** Those whose counter is above their batch size, or that have none. */
  readonly outside: number;
  /** Whether they are of one work. */
  readonly isOneWork: boolean;
  /** Whether the counters of two or more that ended are all the same. */
  readonly isEven: boolean;
  /** Those of them by whose order it is judged, in order of start. */
  readonly ordered: readonly EvidenceRow[];
  /** Whether a row that is not in `ordered` shows that a later row is below an earlier one. */
  readonly isFalling: boolean;
}

/** What speaks for each way of counting, in words for the Tables view. */
export interface Verdict {
  readonly counting: Counting;
  /** Only where it is unclear. */
  readonly reasons: readonly string[];
}

/** In order of start; a row without a start has the place of its end, and one without either comes first. */
export function byStart(a: EvidenceRow, b: EvidenceRow): number {
  const [earlier, later] = [placeOf(a), placeOf(b)];
  return earlier === later ? a.id - b.id : earlier - later;
}

function placeOf({ startedAt, completedAt }: EvidenceRow): number {
  if (startedAt !== null && Number.isFinite(startedAt)) return startedAt;
  return completedAt !== null && Number.isFinite(completedAt) ? completedAt : Number.MIN_SAFE_INTEGER;
}

/** What a row says that it has processed: a counter that is NULL or negative says nothing. */
export function counterOf({ recordsProcessed }: Pick<EvidenceRow, 'recordsProcessed'>): number {
  return Math.max(0, recordsProcessed ?? 0);
}

/** The total that a row names; null where it names none, or a negative one. */
export function totalNamed({ totalRecords }: Pick<EvidenceRow, 'totalRecords'>): number | null {
  return totalRecords === null || totalRecords < 0 ? null : totalRecords;
}

function batchOf({ batchSize }: Pick<EvidenceRow, 'batchSize'>): number | null {
  return batchSize === null || batchSize <= 0 ? null : batchSize;
}

export function isOutside(row: EvidenceRow): boolean {
  const batch = batchOf(row);
  return batch === null || counterOf(row) > batch;
}

export function isUnit(row: EvidenceRow): boolean {
  return batchOf(row) !== null && batchOf(row) === row.totalRecords;
}

export function isReached(row: EvidenceRow): boolean {
  const total = totalNamed(row);
  return row.status === 'completed' && total !== null && total > 0 && counterOf(row) >= total;
}

export function isLiveOrCompleted(status: Status): boolean {
  return status === 'completed' || status === 'running' || status === 'paused';
}

/** Of these rows, those that are attempts of one work, together; each of the others by itself. */
export function worksOf<T extends Pick<EvidenceRow, 'work'>>(rows: readonly T[]): T[][] {
  const works: T[][] = [];
  const known = new Map<string, T[]>();
  const firsts = new Map<string, number>();
  for (const { work } of rows) {
    if (work !== null && !isRetryKey(work)) firsts.set(queryOf(work), (firsts.get(queryOf(work)) ?? 0) + 1);
  }
  for (const row of rows) {
    const { work } = row;
    // The same query is the same work where it names its range, or where one row has it and the others repeat it by name.
    const key = work !== null && (isRanged(work) || (firsts.get(queryOf(work)) ?? 0) <= 1) ? queryOf(work) : null;
    const attempts = key === null ? undefined : known.get(key);
    if (attempts !== undefined) {
      attempts.push(row);
      continue;
    }
    const first = [row];
    works.push(first);
    if (key !== null) known.set(key, first);
  }
  return works;
}

/**
 * What a row is an attempt at, as sql/queries/range.sql writes it: `r` where the source query names its range, else `q`;
 * `+` where the name of the operation says that it repeats another, else `-`; and a digest of the query. Null without one.
 */
export type WorkKey = string;

const isRanged = (work: WorkKey): boolean => work.startsWith('r');
const isRetryKey = (work: WorkKey): boolean => work[1] === '+';
const queryOf = (work: WorkKey): string => work.slice(2);

/** Adds up all rows of one phase and table. */
export function measureOf(rows: readonly EvidenceRow[]): Measure {
  const works = worksOf(rows).map(workOf);
  const sized = works.filter(({ total }) => total !== null && total > 0);
  const totals = sized.map(({ total }) => total ?? 0);
  const withTotal = rows.filter((row) => totalNamed(row) !== null);
  const evidence = rows.filter((row) => counterOf(row) > 0 && (withTotal.length === 0 || (totalNamed(row) ?? 0) > 0));
  const ended = evidence.filter(({ status }) => status === 'completed' || status === 'failed' || status === 'skipped');
  const counters = new Set(ended.map(counterOf));
  return {
    records: sum(works.map(({ records }) => records)),
    totals: sum(works.map(({ total, records }) => total ?? records)),
    works: sized.length,
    rowsWithTotal: withTotal.length,
    smallestTotal: least(totals),
    largestTotal: most(withTotal.map((row) => totalNamed(row) ?? 0)),
    unitWorks: sized.filter(({ isUnit: unit }) => unit).length,
    reachedWorks: sized.filter(({ state, total, records }) => state === 'completed' && records >= (total ?? 0)).length,
    openWorks: sized.filter(({ state }) => state === 'open').length,
    failedWorks: sized.filter(({ state }) => state === 'failed').length,
    largest: most(rows.filter(({ status }) => isLiveOrCompleted(status)).map(counterOf)) ?? 0,
    evidence: evidence.length,
    outside: evidence.filter(isOutside).length,
    isOneWork: worksOf(evidence).length === 1,
    isEven: ended.length >= 2 && counters.size === 1,
    ordered: evidence.toSorted(byStart),
    isFalling: false,
  };
}

interface Work {
  readonly records: number;
  readonly total: number | null;
  readonly isUnit: boolean;
  readonly state: 'open' | 'completed' | 'failed' | 'skipped';
}

function workOf(attempts: readonly EvidenceRow[]): Work {
  const total = most(attempts.flatMap((row) => totalNamed(row) ?? []));
  const largest = most(attempts.map(counterOf)) ?? 0;
  const has = (...which: Status[]): boolean => attempts.some(({ status }) => which.includes(status));
  return {
    // A repetition goes on where the attempt before it ended, or begins anew: together they have at most the total.
    // One row may have more than its total: that is what it says.
    records: Math.max(largest, Math.min(total ?? 0, sum(attempts.map(counterOf)))),
    total,
    isUnit: attempts.some((row) => isUnit(row) && row.totalRecords === total),
    state: has('pending', 'running', 'paused')
      ? 'open'
      : has('completed')
        ? 'completed'
        : has('failed')
          ? 'failed'
          : 'skipped',
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
  if (measure.isOneWork || measure.evidence === 0 || measure.outside === 0 || measure.isEven) return clear('per batch');
  const { ordered } = measure;
  if (measure.isFalling || ordered.some((row, index) => isBelow(row, ordered[index - 1]))) return clear('per batch');
  if (new Set(ordered.map(counterOf)).size === 1 && ordered.length === measure.evidence) return clear('per batch');
  return { counting: 'unclear', reasons: reasonsOf(measure) };
}

const clear = (counting: Counting): Verdict => ({ counting, reasons: [] });

function hasOwnTotals(measure: Measure, cumulative: boolean): boolean {
  const { works, smallestTotal, largestTotal, unitWorks, reachedWorks, openWorks, failedWorks } = measure;
  if (works < 2) return false;
  const spread = (largestTotal ?? 0) - (smallestTotal ?? 0);
  if (spread * 10 > (largestTotal ?? 0) || unitWorks >= 2) return true;
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
    `for per batch: ${outside === evidence ? 'nothing but that' : `${evidence - outside} of ${evidence} operations are within their batch`}`,
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function most(values: readonly number[]): number | null {
  return values.reduce<number | null>((found, value) => (found === null || value > found ? value : found), null);
}

function least(values: readonly number[]): number | null {
  return values.reduce<number | null>((found, value) => (found === null || value < found ? value : found), null);
}
