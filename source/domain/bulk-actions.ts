import type { Operation, Status } from './operation.ts';
import {
  type Action,
  decide,
  type Outcome,
  type Refusal,
  type Transition,
  undoOf,
  undoOfRetry,
} from './transitions.ts';

/** The fields of an operation that an action on many needs. */
export type Member = Pick<
  Operation,
  'id' | 'phase' | 'tableName' | 'status' | 'startedAt' | 'completedAt' | 'version'
> &
  Partial<Pick<Operation, 'workerId' | 'errorMessage'>> & {
    /** The `Operation.identity` that the row must have; null for any row with the id. */
    readonly identity: string | null;
  };

/** One change of an action on many. */
export interface Change {
  readonly transition: Transition;
  readonly tableName: string;
  /** The version (xmin) of the row when last seen. */
  readonly seenVersion: string | null;
  /** For an undo: the version that the row had before the action that it takes back. */
  readonly versionBefore?: string | null;
  /** The change of other columns; absent if it changes only the status. */
  readonly rewrite?: Rewrite;
}

/** A change of other columns than the status. */
export type Rewrite =
  /** Into the queue: worker, start, end and error are cleared. `before`: the values that an undo puts back instead. */
  | { readonly kind: 'requeue'; readonly before: string | null }
  /** The batch size; the status stays. */
  | { readonly kind: 'batch size'; readonly from: number | null; readonly to: number | null };

/** The rows of an action on many: those that it will change, and those that it refuses before anything is sent. */
export interface BulkPlan {
  readonly changes: readonly Change[];
  readonly refused: readonly { readonly id: number; readonly tableName: string; readonly reason: Refusal }[];
}

/** The outcome of an action on many for one row. */
export interface RowOutcome {
  readonly change: Change;
  readonly outcome: Outcome;
}

/**
 * Which rows an action on many changes, each once, in the order in which it changes them, and which it refuses and why.
 *
 * @param pausedFrom the status from which a paused operation was paused; null if unknown
 */
export function planBulk<One extends Member>(
  action: Action,
  members: readonly One[],
  pausedFrom: (member: One) => Status | null = () => null,
): BulkPlan {
  const changes: Change[] = [];
  const refused: BulkPlan['refused'][number][] = [];
  const seen = new Set<string>();
  for (const member of members) {
    const key = `${member.id} ${member.identity}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const decision = decide(action, member, pausedFrom(member));
    if (decision.kind === 'refused')
      refused.push({ id: member.id, tableName: member.tableName, reason: decision.reason });
    else changes.push({ transition: decision.transition, tableName: member.tableName, seenVersion: member.version });
  }
  return { changes: action === 'pause' ? aheadOfWorkers(changes) : changes, refused };
}

/**
 * The order in which a pause of many gets ahead of the workers: first what is running, so that no worker claims more, then what they
 * would claim next. A row that is claimed before its turn would not be paused.
 */
function aheadOfWorkers(changes: readonly Change[]): readonly Change[] {
  const isPending = ({ transition }: Change): number => (transition.from === 'pending' ? 1 : 0);
  return [...changes].sort((a, b) => isPending(a) - isPending(b) || a.transition.id - b.transition.id);
}

/**
 * Which rows a retry repeats, each once, and which it refuses and why. Failed and skipped operations can be retried.
 *
 * @param otherAttempt the attempt that makes the retry needless, as far as it is known: `already has attempt 2135`
 */
export function planRetries(
  members: readonly Member[],
  otherAttempt: (member: Member) => string | null = () => null,
): BulkPlan {
  const changes: Change[] = [];
  const refused: BulkPlan['refused'][number][] = [];
  for (const member of new Map(members.map((one) => [`${one.id} ${one.identity}`, one])).values()) {
    const { id, tableName, status, version, identity } = member;
    const why = otherAttempt(member);
    if (why !== null) refused.push({ id, tableName, reason: { kind: 'attempt', why } });
    else if (status !== 'failed' && status !== 'skipped')
      refused.push({ id, tableName, reason: { kind: 'wrong-status', status } });
    else
      changes.push({
        transition: { id, from: status, to: 'pending', completedAt: 'keep', version, identity },
        tableName,
        seenVersion: version,
      });
  }
  return { changes, refused };
}

/** The plan of a retry without the changes that are known to be refused, by their ids: `already has attempt 2135`. */
export function withoutRefused({ changes, refused }: BulkPlan, why: ReadonlyMap<number, string>): BulkPlan {
  const added = changes.flatMap(({ transition: { id }, tableName }): BulkPlan['refused'] => {
    const reason = why.get(id);
    return reason === undefined ? [] : [{ id, tableName, reason: { kind: 'attempt', why: reason } }];
  });
  return { changes: changes.filter(({ transition }) => !why.has(transition.id)), refused: [...refused, ...added] };
}

/** The plan with operations whose rows were deleted since they were marked: it refuses them. */
export function withGone(
  { changes, refused }: BulkPlan,
  gone: readonly Pick<Operation, 'id' | 'tableName'>[],
): BulkPlan {
  const rows = gone.map(({ id, tableName }) => ({ id, tableName, reason: { kind: 'gone' } }) as const);
  return { changes, refused: [...refused, ...rows] };
}

/** The changes that undo the applied rows of an action on many (`undoOf`). */
export function undoOfBulk(results: readonly RowOutcome[]): readonly Change[] {
  return results.flatMap(({ change, outcome }): Change[] => {
    if (outcome.kind !== 'applied') return [];
    const { transition, tableName, rewrite, seenVersion: versionBefore } = change;
    if (rewrite?.kind === 'batch size') {
      const { from: to, to: from } = rewrite;
      const back: Rewrite = { kind: 'batch size', from, to };
      return [{ transition, tableName, seenVersion: outcome.version, versionBefore, rewrite: back }];
    }
    if (rewrite?.kind === 'requeue') {
      if (outcome.before === undefined) return [];
      const undo = {
        ...undoOf({ ...transition, completedAt: 'keep' }, outcome.version, outcome.hadCompletedAt),
        version: outcome.version,
      };
      const back: Rewrite = { ...rewrite, before: outcome.before };
      return [{ transition: undo, tableName, seenVersion: undo.version, versionBefore, rewrite: back }];
    }
    // A retry has added a row.
    if (outcome.added !== undefined) {
      const undo = undoOfRetry(outcome.added);
      return [{ transition: undo, tableName, seenVersion: undo.version }];
    }
    const undo = undoOf(transition, outcome.version, outcome.hadCompletedAt);
    return [{ transition: undo, tableName, seenVersion: outcome.version, versionBefore }];
  });
}

/** How many rows of an action on many had each outcome, the most frequent first. */
export function outcomeCounts(results: readonly RowOutcome[]): readonly (readonly [Outcome['kind'], number])[] {
  const counts = new Map<Outcome['kind'], number>();
  for (const { outcome } of results) counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

/** Refused rows by reason, the most frequent first. */
export function refusalCounts({ refused }: BulkPlan): readonly { readonly reason: Refusal; readonly rows: number }[] {
  // Each worker and each attempt has its own evidence.
  const groups = Map.groupBy(refused, ({ reason }) =>
    reason.kind === 'alive' || reason.kind === 'unproven' || reason.kind === 'attempt' || reason.kind === 'resolved'
      ? reason.kind
      : JSON.stringify(reason),
  );
  return [...groups.values()]
    .flatMap((rows) => (rows[0] === undefined ? [] : [{ reason: rows[0].reason, rows: rows.length }]))
    .sort((one, other) => other.rows - one.rows);
}

/** Returns the ids of the operations that were changed. */
export function appliedIds(results: readonly RowOutcome[]): readonly number[] {
  return results.flatMap(({ change, outcome }) => (outcome.kind === 'applied' ? [change.transition.id] : []));
}
