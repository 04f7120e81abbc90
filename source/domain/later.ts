import { finiteTime } from './finite-time.ts';
import { type Attempt, isRetryOf } from './lineage.ts';

/**
 * Whether a completed attempt came later than another one of the same work that failed or was skipped. Ids need not be in the order of
 * time: a sequence may count down, or each session may take a block of ids (CACHE). So the ends decide, or a start
 * after the other one's end. If an end is missing or infinite, or both are equal, a retry is later than what it repeats; else the
 * higher id is. A failed row without an end counts as ended when it started. A row may be skipped long after it was given up: attempts
 * that ended between its start and then are compared as those without an end.
 *
 * sql/queries/fragments/is-later.sql and domain/doctor/retry-command.ts have the same rule.
 */
export function isLater(completed: Attempt, own: Attempt): boolean {
  const to = finiteTime(own.completedAt) ?? finiteTime(own.startedAt);
  const from = own.status === 'skipped' ? finiteTime(own.startedAt) : to;
  const end = finiteTime(completed.completedAt);
  const start = finiteTime(completed.startedAt);
  if (to !== null && ((end !== null && end > to) || (start !== null && start > to))) return true;
  if (from !== null && end !== null && end < from) return false;
  if (isRetryOf(completed, own.id)) return true;
  return !isRetryOf(own, completed.id) && completed.id > own.id;
}
