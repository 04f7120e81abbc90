import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';
import { count } from './figures.ts';

/** How far the triage is, while it is not complete. */
export function readingNote({ snapshot, triage, migration }: Observation): string {
  if (triage.searched !== null)
    return `${count(triage.failed)} failed, looking for retries of them: ${Math.floor(100 * triage.searched)} %`;
  // Until the table is counted, the number of all failures is unknown.
  if (isCounting(snapshot)) return `reading the failures: ${count(triage.failed)}`;
  // Rows that other sessions have changed since are still held until they are read again.
  if (triage.failed > migration.statuses.failed) return `reading ${count(migration.statuses.failed)} failures again`;
  return `reading ${count(triage.failed)} of ${count(migration.statuses.failed)} failures`;
}
