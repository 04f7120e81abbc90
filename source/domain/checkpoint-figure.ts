import type { CheckpointRow } from './checkpoint-rows.ts';
import { judge } from './counting-rules.ts';
import { measureOf } from './measure.ts';
import { evidenceOf } from './works.ts';

/**
 * How many records rows without a mark have by the figures that migtop shows (docs/figures.md), which order them and join attempts by rules
 * of their own: the fewest if it is not clear how they count.
 */
export function recordsShown(rows: readonly CheckpointRow[]): number {
  const measure = measureOf(
    rows.map(({ place, ...row }) => evidenceOf({ ...row, ...(place == null ? {} : { place }), validationQuery: null })),
  );
  const { counting } = judge(measure);
  return counting === 'per batch' || counting === 'own totals'
    ? measure.records
    : Math.min(measure.records, measure.largest);
}
