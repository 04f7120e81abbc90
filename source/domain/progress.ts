/** How the rows of a table count: each the records of its own batch, or all that were done so far. */
export type Counting = 'per batch' | 'cumulative';

export interface Progress {
  readonly recordsProcessed: number;
  /** Records that the table is expected to have; null where no row says. */
  readonly totalRecords: number | null;
  /** 0 to 100 and, where rows claim more than the total, beyond; two decimals; null without a total. */
  readonly percent: number | null;
  readonly counting: Counting;
}

/**
 * How far the execution of one table is.
 *
 * The specification's examples count per batch (rows 3, 4, 13) and cumulatively (500 -> 1569; row 10). Their sum is
 * right for all of them. Where the sum overshoots the total and the largest single row does not, the rows count
 * cumulatively, and the largest is how far the table is. But rows of which none holds more than one batch of a table
 * that needs several do count per batch: their overshoot is work that was done twice, and shows as more than 100 %.
 *
 * @param summed records_processed of all its execution rows, added up
 * @param largest the largest records_processed among them
 * @param total the largest total_records among them
 * @param batch the largest batch_size among them
 */
export function tableProgress(
  summed: number,
  largest: number | null,
  total: number | null,
  batch: number | null,
): Progress {
  const totalRecords = total !== null && total > 0 ? total : null;
  const withinBatches =
    batch !== null && largest !== null && totalRecords !== null && largest <= batch && batch < totalRecords;
  const cumulative =
    totalRecords !== null && largest !== null && summed > totalRecords && largest <= totalRecords && !withinBatches;
  const recordsProcessed = cumulative ? largest : summed;
  return {
    recordsProcessed,
    totalRecords,
    percent: percentOf(recordsProcessed, totalRecords),
    counting: cumulative ? 'cumulative' : 'per batch',
  };
}

/** A share in percent, to two decimals; one that is not complete never rounds to 100. Null where there is nothing to take a share of. */
export function percentOf(part: number, whole: number | null): number | null {
  if (whole === null || whole <= 0) return null;
  const percent = Math.round((part / whole) * 10_000) / 100;
  return part < whole ? Math.min(percent, 99.99) : percent;
}
