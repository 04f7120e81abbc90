import type { Target } from '../database/target.ts';
import { auditedResults, decidingRow, repeatedIds } from '../domain/audited-results.ts';
import { withFirstWorkers } from '../domain/first-workers.ts';
import { withRetries } from '../domain/retried-results.ts';
import type { TableReport } from '../polling/control-table.ts';
import { resultText, workerBefore } from './action-text.ts';
import { localTimestamp } from './figures.ts';

/** The action of an operator, in `migtop status --json`. */
export interface StatusAction {
  readonly key: string | null;
  readonly at: string | null;
  readonly action: string;
  readonly operationId: number;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly databaseRole: string;
  readonly osUser: string;
  readonly host: string;
  readonly client: string;
  readonly reason: string | null;
  readonly outcome: string;
  /** Only in the newest action of a large action on many: how many of all its operations had each outcome. */
  readonly bulkOutcomes?: Readonly<Record<string, number>>;
  /** Only there: how many of its operations were taken back; absent if that is not known. */
  readonly bulkUndone?: number;
  /** Only there: there are more operations than the listed ones, and it is not known how many. */
  readonly isBulkPart?: boolean;
  /** Only of an action that came too late (`stale`): the worker that changed the row first, `worker 3`; absent if unknown. */
  readonly changedBy?: string;
  /** Whether the last action that was applied to the operation still holds; `overwritten` and `undone` for earlier actions. */
  readonly state: 'holds' | 'overwritten' | 'went on' | 'undone' | 'gone' | 'gone or hidden' | null;
  /** In words, as the Activity view has it: `overwritten by worker 3: running now`. */
  readonly result: string;
}

/** The actions of a report, newest first. */
export function statusActions(
  { activity: entries, snapshot }: Pick<TableReport, 'activity' | 'snapshot'>,
  { zone, rowSecurity }: Pick<Target, 'zone' | 'rowSecurity'>,
): StatusAction[] {
  const all = [...snapshot.failures, ...snapshot.operations];
  const rows = new Map(all.map((operation) => [operation.id, operation]));
  const read = new Map(entries.map(({ operationId, row }) => [operationId, row]));
  const rowOf = (id: number) => decidingRow(rows.get(id), read.get(id));
  const judged = auditedResults(entries, rowOf, repeatedIds(all));
  const results = withRetries(judged, entries, snapshot, snapshot.triage);
  return withFirstWorkers(entries, rowOf).map(({ row, identity: _, bulkOutcomes, firstWorker, ...entry }, index) => {
    const found = results[index] ?? null;
    const own = found?.state === 'retried' ? 'went on' : (found?.state ?? null);
    const state = own === 'gone' && rowSecurity ? 'gone or hidden' : own;
    const counts = bulkOutcomes === undefined ? {} : { bulkOutcomes: Object.fromEntries(bulkOutcomes) };
    const late = { ...entry, ...(row !== undefined && { row }), ...(firstWorker !== undefined && { firstWorker }) };
    const result = resultText(late, found, null, rowSecurity);
    const changedBy = workerBefore(late);
    const first = changedBy === null ? {} : { changedBy };
    return { ...entry, ...counts, ...first, at: localTimestamp(entry.at, zone), state, result };
  });
}
