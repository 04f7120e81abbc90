import type { Observation } from '../domain/observation.ts';
import { count } from '../presentation/figures.ts';
import { text } from '../presentation/line.ts';
import { beyondTexts, moreThanExpected, recordsAbove } from '../presentation/more-records.ts';
import type { Line } from '../presentation/theme.ts';

/**
 * Whether the records that the total does not include are those of tables that `--since` shows only in part: they are not above a total,
 * and the percentage is of the other tables.
 */
export function areInPart({ migration, tables }: Pick<Observation, 'migration' | 'tables'>): boolean {
  const { currentPhase, recordsBeyond } = migration;
  const inPart = tables.reduce((sum, one) => sum + (one.wholeTotal === null ? 0 : one.recordsProcessed), 0);
  return currentPhase === 'execution' && recordsBeyond > 0 && inPart >= recordsBeyond;
}

/**
 * Why the percentage may stand although records are processed: those of a table beyond its total, or without one, are not in it. From
 * the longest to the shortest text; none without such records.
 */
export function beyondLines({ migration, tables }: Observation): readonly Line[] {
  const { recordsBeyond, recordsWithoutTotal } = migration;
  if (recordsBeyond === 0) return [[]];
  if (areInPart({ migration, tables }))
    return [`  ${count(recordsBeyond, 7)} of tables shown in part`, `  ${count(recordsBeyond, 4)} in part`].map(
      (words) => [text(words, 'warn')],
    );
  const fuller = migration.currentPhase === 'execution' ? tables.filter((one) => recordsAbove(one) > 0) : [];
  const [first, ...others] = fuller.toSorted((a, b) => recordsAbove(b) - recordsAbove(a));
  const named =
    first === undefined
      ? ''
      : ` (${first.tableName}${others.length === 0 ? '' : ` and ${others.length === 1 ? '1 more table' : `${count(others.length)} more tables`}`})`;
  const words = beyondTexts(migration, 7);
  const [longest = ''] = words;
  const withName = recordsBeyond > recordsWithoutTotal ? [`${longest}${named}`, ...words.slice(1)] : words;
  const above = recordsBeyond - recordsWithoutTotal;
  const short = above > 0 ? moreThanExpected(count(above, 4)) : `${count(recordsWithoutTotal, 4)} no total`;
  return [withName, words, [short]].map((parts) => [text(`  ${parts.join('  ')}`, 'warn')]);
}
