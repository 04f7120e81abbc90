import { hasAllRecords, type WorkSums } from './attempt-sums.ts';
import type { Measure } from './measure.ts';
import { type Counted, type Counting, mayBeOwn } from './progress.ts';
import { batchSizeOf, counterOf, type EvidenceRow, isOutside, isSideRow, type Marked } from './works.ts';

/** `reasons`: the evidence for each way of counting, as text for the Tables view; only if it is unclear. */
export type Verdict = Counted;

/**
 * How a table counts, by the evidence of its rows (the rules are in docs/figures.md). Of several possible ways the first
 * proven one is taken: own totals, then cumulative, then per batch.
 */
export function judge(measure: Measure): Verdict {
  const { ordered, evidence, isOneWork, outside, isEven, isFalling, marked, isPart } = measure;
  if (marked !== null) return clear(isMarkedOwn(measure, marked) ? 'own totals' : 'per batch');
  const chain = chainOf(ordered);
  const cumulative = isCumulative(chain, isPart);
  if (areApart(measure, cumulative ? chain : null)) return besideBatches(measure) ?? clear('own totals');
  if (cumulative || (isOneWork && isCumulative(chainOf(measure.wider), isPart))) return clear('cumulative');
  if (evidence === 0 || isOneWork || outside === 0 || isEven) return clear('per batch');
  if (isFalling || ordered.some((row, index) => isBelow(row, ordered[index - 1])))
    return clear(isBeyondShared(measure) ? 'own totals' : 'per batch');
  if (isCumulative(chainOf(measure.wider), isPart)) return clear('cumulative');
  return { counting: 'unclear', reasons: reasonsOf(measure) };
}

const clear = (counting: Counting): Verdict => ({ counting, reasons: [] });

/** Marked rows need no evidence, unless the library did not write how far the work was. */
function isMarkedOwn(measure: Measure, marked: Marked): boolean {
  if (measure.all.works < 2 || marked === 'batch') return false;
  return marked === 'own' || areApart(measure, null);
}

/**
 * A repair of some records has its own total, but the batches next to it may share theirs: if two or more of these are completed with
 * at most one batch each, no other work tells otherwise, and the repair is not larger than such a batch. They may be cumulative, too.
 */
function besideBatches({ main, side, ordered, isPart }: Measure): Verdict | null {
  if (side.works === 0 || main.works < 2 || main.completedEvidence < 2 || !haveOneTotal(main)) return null;
  const batches = chainOf(ordered.filter((row) => !isSideRow(row)));
  const [first] = batches;
  const isWithin = (batch: number): boolean => (side.largestTotal ?? 0) <= batch;
  if (first !== undefined && isCumulative(batches, isPart)) {
    const mayShare = main.reachedRows === 0 || main.reachedWorks === 0 || mayReach(batches, main);
    return mayShare && isWithin(batchSizeOf(first) ?? counterOf(first)) ? beside('cumulative') : null;
  }
  return main.reachedWorks === 0 && main.outside === 0 && isWithin(main.largestCompleted ?? 0)
    ? beside('per batch')
    : null;
}

const beside = (counting: Counting): Verdict => ({ ...clear(counting), isBeside: true });

function haveOneTotal({ smallestTotal, largestTotal }: WorkSums): boolean {
  return ((largestTotal ?? 0) - (smallestTotal ?? 0)) * 10 <= (largestTotal ?? 0);
}

/** Whether the works evidently do not share one total. @param chain the completed rows if they are cumulative, else null */
function areApart(measure: Measure, chain: readonly EvidenceRow[] | null): boolean {
  const { all, reachedRows, hasBatchSizes } = measure;
  const { works, unitWorks, reachedWorks, unfinishedWorks, unfinishedRecords } = all;
  if (works < 2) return false;
  if (!haveOneTotal(all) || unitWorks >= 2) return true;
  // Works that are not done cannot have more records than all of them together, unless the table has more than its total.
  const isBeyond = unfinishedWorks >= 2 && isClearlyMore(unfinishedRecords, all.largestTotal ?? 0);
  if (chain === null && isBeyond && !areParts(measure)) return true;
  // Only one batch can reach a shared total, and then all the others are done.
  const isReached = reachedWorks > 0 && unfinishedWorks > 0;
  if (!isReached && !(reachedWorks >= 2 && hasBatchSizes)) return false;
  // Cumulative counters of the attempts of one work do not add up.
  return chain === null || (reachedRows > 0 && !mayReach(chain, all));
}

/**
 * Whether works of several batches each have more records than a shared total leaves for them: the completed ones, whatever else is open
 * or was given up, or all.
 */
function isBeyondShared({ records, all, main, evidence, outside, hasBatchSizes }: Measure): boolean {
  const total = all.largestTotal ?? 0;
  const works = all.works - all.unfinishedWorks;
  if (!hasBatchSizes) return false;
  if (main.outside >= main.completedEvidence && isAboveHalf(records - all.unfinishedRecords, works, total)) return true;
  return outside >= evidence && isAboveHalf(records, all.works, total);
}

/** Whether several works together have clearly more records than a total, and more than half of it on average. */
function isAboveHalf(records: number, works: number, total: number): boolean {
  return works >= 2 && isClearlyMore(records, total) && records * 2 > total * works;
}

/** Whether records are more than a total by more than a tenth of it. */
const isClearlyMore = (records: number, total: number): boolean => records * 10 > total * 11;

/** Whether completed works are evidently parts of a shared total: several are, and none has more than half of it. */
function areParts({ all, main }: Measure): boolean {
  const { completedEvidence, largestCompleted } = main;
  const isHalf = largestCompleted !== null && largestCompleted * 2 <= (all.largestTotal ?? 0);
  return completedEvidence >= fewestParts && all.reachedWorks === 0 && isHalf;
}

const fewestParts = 3;

/** How many completed rows make a chain clear, the last of which has reached the total. */
const clearSteps = 3;

/**
 * Whether works that reached the total are no evidence against a cumulative table. Its last row reaches the total. Beside a clear chain
 * there may be others: a failure on the way, a check of all records, or a row that does it all again. Whatever these report, and
 * whether they are open or skipped, the table counts the same way.
 */
function mayReach(chain: readonly EvidenceRow[], { reachedWorks, unfinishedWorks }: WorkSums): boolean {
  if (chain.length >= clearSteps && !chain.slice(0, -1).some(hasAllRecords)) return true;
  return reachedWorks === 1 && unfinishedWorks === 0;
}

/** The completed rows in order of start, without those at their total that follow a clear chain. */
function chainOf(ordered: readonly EvidenceRow[]): readonly EvidenceRow[] {
  const completed = ordered.filter(({ status }) => status === 'completed');
  const end = completed.findIndex(hasAllRecords);
  return end < clearSteps - 1 ? completed : completed.filter((row, index) => index <= end || !hasAllRecords(row));
}

/**
 * @param completed in order of start
 * @param isPart whether earlier rows are left out: then the first one may have any counter
 */
function isCumulative(completed: readonly EvidenceRow[], isPart = false): boolean {
  const [first] = completed;
  const last = completed.at(-1);
  if (first === undefined || last === undefined || completed.length < 2) return false;
  const unit = (row: EvidenceRow): number => batchSizeOf(row) ?? counterOf(first);
  return (
    (isPart || counterOf(first) <= 1.5 * unit(first)) &&
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

function reasonsOf({ ordered, outside, evidence, openSized }: Measure): string[] {
  const completed = ordered.filter(({ status }) => status === 'completed').length;
  const beyond = ordered.find(isOutside);
  const above =
    beyond === undefined || batchSizeOf(beyond) === null
      ? 'no batch size says how many records one operation processes'
      : `operation ${beyond.id} has more records than its batch of ${beyond.batchSize}`;
  return [
    `for cumulative: no later operation has fewer records than an earlier one, and ${above}`,
    completed < 2
      ? 'against it: fewer than two operations are completed'
      : 'against it: the records do not grow batch by batch',
    outside === evidence
      ? 'for per batch: no other evidence'
      : `for per batch: ${evidence - outside} of ${evidence} operations are within their batch`,
    ...(mayBeOwn({ openSized })
      ? [`for own totals: ${openSized} open operations each name a total, so the figures are those of their sum`]
      : []),
  ];
}
