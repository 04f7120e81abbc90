import { operationsOf } from '../domain/tally.ts';
import type { MutableRange, TableGroup } from './id-range.ts';
import { type KnownEvidence, placesOfFirsts, type SampleLimits } from './samples.ts';

/** The evidence of a range, of the groups in all ranges. */
export function knownEvidence(
  top: MutableRange | undefined,
  groups: ReadonlyMap<string, TableGroup>,
  limits: SampleLimits,
): KnownEvidence {
  const large: string[] = [];
  const full: string[] = [];
  let until: number | null = null;
  for (const [key, group] of groups) {
    if (operationsOf(group.sum) <= limits.fewRows) continue;
    large.push(key);
    for (const [code, place] of placesOfFirsts(top?.groups.get(group)?.sample ?? new Map(), limits)) {
      full.push(`${key} ${code}`);
      until = Math.max(until ?? place, place);
    }
  }
  return { large, full, until };
}
