import { endedParts } from './endings.ts';
import type { Observation } from './observation.ts';
import { endedAt, operationKey } from './operation.ts';
import { isCurrent } from './snapshot.ts';
import { keptEvents, type WatchedEvent } from './watched-events.ts';

/** For which time before the first poll Activity lists events, in seconds. */
const earlierSeconds = 3600;

/** Maximum number of earlier events of one sort: failures, resolved failures, ends of phases and tables. */
const mostOfSort = 150;

/** The sorts of events from before the first poll: each is told once, as soon as polls know enough. */
type Sort = 'failures' | 'resolutions' | 'endings';

/** Which events from before the first poll were listed already. */
export interface Earlier {
  /** When the first poll was taken, on the database's clock. */
  readonly firstAt: number;
  readonly told: ReadonlySet<Sort>;
}

type Timed = Omit<WatchedEvent, 'at'> & { readonly at: number | null };

/**
 * The events of the last hour before the first poll, at the times of their rows, from what the polls hold anyway. The failures are known with the
 * first poll, ends once the table is counted, and resolved failures once later attempts are known. Nothing reports them.
 *
 * @param known null before the first poll; kept for the whole session, so that nothing is told again
 */
export function earlierAfter(
  known: Earlier | null,
  latest: Observation,
): { readonly earlier: Earlier; readonly added: readonly WatchedEvent[] } {
  const before = known ?? { firstAt: latest.snapshot.takenAt, told: new Set<Sort>() };
  const ready: readonly Sort[] = [
    'failures',
    ...(latest.triage.isWhole ? (['resolutions'] as const) : []),
    ...(latest.triage.isWhole && isCurrent(latest.snapshot) ? (['endings'] as const) : []),
  ];
  const news = ready.filter((sort) => !before.told.has(sort));
  if (news.length === 0) return { earlier: before, added: [] };
  // This includes operations that ended after the first poll, but before enough was known to compare two polls.
  const until = latest.snapshot.takenAt;
  const added = news.flatMap((sort) =>
    eventsOfSort[sort](latest)
      .filter((event): event is WatchedEvent => {
        const { at } = event;
        return at !== null && at >= before.firstAt - earlierSeconds && at <= until;
      })
      .sort((a, b) => b.at - a.at)
      .slice(0, mostOfSort),
  );
  return { earlier: { ...before, told: new Set([...before.told, ...news]) }, added };
}

const eventsOfSort: Readonly<Record<Sort, (latest: Observation) => Timed[]>> = {
  failures: ({ snapshot }) =>
    snapshot.failures.map((operation) => ({
      at: endedAt(operation),
      key: `earlier failed ${operationKey(operation)}`,
      what: { kind: 'failed', operation },
    })),
  resolutions: ({ snapshot, triage }) =>
    snapshot.failures.flatMap((operation): Timed[] => {
      const { resolution, resolvedAt = null } = triage.of(operation.id) ?? {};
      if (resolution?.kind !== 'resolved') return [];
      const what = { kind: 'resolved', operation, by: resolution.by } as const;
      return [{ at: resolvedAt, key: `earlier resolved ${operationKey(operation)}`, what }];
    }),
  endings: (latest) => endedParts(latest).map(({ at, key, what }) => ({ at, key: `earlier ended ${key}`, what })),
};

/** The events with those from before the first poll, oldest first. */
export function withEarlierEvents(
  events: readonly WatchedEvent[],
  added: readonly WatchedEvent[],
): readonly WatchedEvent[] {
  return added.length === 0 ? events : [...events, ...added].sort((a, b) => a.at - b.at).slice(-keptEvents);
}
