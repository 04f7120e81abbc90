import type { Observation } from '../domain/observation.ts';
import { newestRun, type RunStart } from '../domain/runs.ts';
import { sinceText } from '../domain/since.ts';
import { localSeconds, type Zone } from '../domain/zone.ts';

/** Since when the newest of several runs goes on, as `--since` takes it; null where the table does not evidently hold several. */
export function proposedSince(
  { snapshot, tables }: Pick<Observation, 'snapshot' | 'tables'>,
  starts: readonly RunStart[],
  zone: Zone | undefined,
): string | null {
  const at = newestRun(snapshot, tables, starts);
  return at === null ? null : sinceText(localSeconds(at, zone));
}
