import { type CheckpointRow, counterOf, hasRecords, type Item } from './checkpoint-rows.ts';
import { judge } from './counting-rules.ts';
import { measureOf } from './measure.ts';
import { sum } from './sum.ts';
import { evidenceOf } from './works.ts';

/**
 * How many records rows without a mark have by the figures that migtop shows (docs/figures.md), which order them and join attempts by rules
 * of their own: the fewest if it is not clear how they count.
 */
function recordsShown(rows: readonly CheckpointRow[]): number {
  const measure = measureOf(
    rows.map(({ place, ...row }) => evidenceOf({ ...row, ...(place == null ? {} : { place }), validationQuery: null })),
  );
  const { counting } = judge(measure);
  return counting === 'per batch' || counting === 'own totals'
    ? measure.records
    : Math.min(measure.records, measure.largest);
}

/** Whether rows of other programs add up to more records than the figures of the table: their order, or what is one work, is not certain then. */
export function isMoreThanShown(works: readonly Item[], rows: readonly CheckpointRow[]): boolean {
  if (works.length === 1 && works.every(({ row, records }) => records === counterOf(row))) return false;
  const isOfOthers = rows.filter(hasRecords).every(({ mark }) => mark === null);
  return isOfOthers && sum(works.map(({ records }) => records)) > recordsShown(rows);
}
