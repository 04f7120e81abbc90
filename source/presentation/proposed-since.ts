import type { Observation } from '../domain/observation.ts';
import { newestRun, type RunStart } from '../domain/runs.ts';
import { sinceText } from '../domain/since.ts';
import { localSeconds, type Zone } from '../domain/zone.ts';

/** The start of the newest run, as a value for `--since`; null if the table does not clearly contain several runs. */
export function proposedSince(
  { snapshot, tables }: Pick<Observation, 'snapshot' | 'tables'>,
  starts: readonly RunStart[],
  zone: Zone | undefined,
): string | null {
  const at = newestRun(snapshot, tables, starts);
  return at === null ? null : sinceText(localSeconds(at, zone));
}
