import { kindOf } from './held-failures.ts';
import type { Observation } from './observation.ts';
import { hasMoreFailed, type Phase, type StatusCounts } from './operation.ts';
import type { KindSummary, Triage } from './triage.ts';
import type { WatchedEvent } from './watched-events.ts';

/** A kind of failures of which none was unresolved before. */
export interface NewKind {
  readonly kind: 'new kind';
  /** The error without ids, numbers and names (domain/failure-kind.ts). */
  readonly failureKind: string;
  readonly sqlState: string | null;
  /** How many failures of it are unresolved. */
  readonly unresolved: number;
  /** One of them. */
  readonly operationId: number;
  readonly phase: Phase | null;
  readonly tableName: string;
  readonly workerId: number | null;
}

/** The kinds of failures that polls have shown. */
export interface KnownKinds {
  /** The kinds that are known to have unresolved failures. */
  readonly unresolved: ReadonlySet<string>;
  /** All kinds of the last poll that knew all failures; null if there was none. */
  readonly whole: {
    readonly kinds: readonly KindSummary[];
    readonly at: number;
    readonly statuses: StatusCounts;
  } | null;
}

export const noKinds: KnownKinds = { unresolved: new Set(), whole: null };

/** How much earlier than the poll that knew all failures a later one may have ended, in seconds: workers' clocks differ. */
const toleratedSeconds = 5;

/**
 * The kinds that are known after a poll, and those that are new.
 *
 * A kind is new by a failure that was added since migtop knew all of them, not by one that it has only read now: of a table with many
 * failures, the first polls do not know all kinds. A kind whose failures are all resolved may become new again, but not by the undo of a
 * skip.
 */
export function kindsAfter(
  known: KnownKinds,
  before: Observation | null,
  { triage, snapshot, migration: { statuses } }: Observation,
  happened: readonly WatchedEvent[],
): { readonly kinds: KnownKinds; readonly added: readonly NewKind[] } {
  const unresolved = unresolvedKinds(triage);
  const whole = triage.isWhole ? { kinds: triage.kinds, at: snapshot.takenAt, statuses } : known.whole;
  if (before === null) return { kinds: { unresolved, whole }, added: [] };
  const fresh = freshKinds(happened, triage);
  if (triage === before.triage && fresh.size === 0) return { kinds: known, added: [] };
  const grown =
    triage.isWhole && known.whole !== null
      ? grownKinds(known.whole, triage, { takenAt: snapshot.takenAt, statuses })
      : [];
  const added = [...new Map([...fresh, ...grown.map((one) => [one.failureKind, one] as const)]).values()].filter(
    ({ failureKind }) => !known.unresolved.has(failureKind),
  );
  // Before all failures are judged, a kind that is missing may still be unresolved, and one that is only read now may be new.
  const read = known.whole === null ? [...known.unresolved, ...unresolved] : known.unresolved;
  return {
    kinds: {
      unresolved: new Set([...(triage.isWhole ? unresolved : read), ...added.map((one) => one.failureKind)]),
      whole,
    },
    added,
  };
}

function unresolvedKinds({ kinds }: Triage): ReadonlySet<string> {
  return new Set(kinds.filter(({ unresolved }) => unresolved > 0).map(({ kind }) => kind));
}

/** The kinds of the operations that have failed since the poll before. */
function freshKinds(happened: readonly WatchedEvent[], triage: Triage): ReadonlyMap<string, NewKind> {
  const fresh = new Map<string, NewKind>();
  for (const { what } of happened) {
    if (what.kind !== 'failed') continue;
    const { id, phase, tableName, workerId } = what.operation;
    const judged = triage.of(id);
    if (judged !== null && judged.resolution.kind !== 'unresolved') continue;
    const { kind, sqlState } = kindOf(what.operation);
    const count = triage.kinds.find((one) => one.kind === kind)?.unresolved ?? 0;
    const unresolved = Math.max(1, count, (fresh.get(kind)?.unresolved ?? 0) + 1);
    fresh.set(kind, {
      kind: 'new kind',
      failureKind: kind,
      sqlState,
      unresolved,
      operationId: id,
      phase,
      tableName,
      workerId,
    });
  }
  return fresh;
}

/** The unresolved kinds with more failures than before. A burst may have more failures than the list of the newest ones. */
function grownKinds(
  before: NonNullable<KnownKinds['whole']>,
  triage: Triage,
  { takenAt, statuses }: { readonly takenAt: number; readonly statuses: StatusCounts },
): readonly NewKind[] {
  if (before.kinds === triage.kinds) return [];
  const failed = new Map(before.kinds.map((one) => [one.kind, one.failed]));
  // The failures of a skip that is undone ended before: they are more, but not new. Those without a time are fewer skipped ones then.
  const isLate = ({ lastSeenAt }: KindSummary): boolean =>
    lastSeenAt === null
      ? hasMoreFailed(before.statuses, statuses)
      : lastSeenAt >= before.at - toleratedSeconds || lastSeenAt > takenAt;
  return triage.kinds
    .filter((one) => one.unresolved > 0 && one.failed > (failed.get(one.kind) ?? 0) && isLate(one))
    .map(({ kind, sqlState, unresolved, newestId, tables }) => {
      const newest = triage.of(newestId);
      return {
        kind: 'new kind',
        failureKind: kind,
        sqlState,
        unresolved,
        operationId: newestId,
        phase: newest?.phase ?? null,
        tableName: newest?.tableName ?? tables[0]?.tableName ?? '',
        workerId: newest?.workerId ?? null,
      };
    });
}
