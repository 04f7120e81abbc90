import type { Observation } from './observation.ts';
import type { StatusCounts } from './operation.ts';
import { hasSameCounts, isIncomplete, openIn, tableOutcomeText } from './progress.ts';
import { isCounting, isCurrent } from './snapshot.ts';
import { tableOutcome } from './table-outcome.ts';
import { unresolvedIn } from './unresolved-in.ts';
import type { Happening, WatchedEvent } from './watched-events.ts';

/**
 * The phases and tables that were open and whose end is not told yet: while an operation is open, what had ended before the
 * operations were added to a part that had ended (null if it had not), else for how long none is. A worker that adds its next batch only after it has completed the last one leaves a moment without open operations: that is
 * not the end.
 */
export type Endings = ReadonlyMap<string, Ending | Reopened | null>;

/** A retry reopens a table; its undo skips the added operation, and the table has ended as long ago as before. */
interface Reopened {
  readonly reopened: Pick<StatusCounts, 'completed' | 'failed'>;
}

interface Ending {
  readonly reopened?: Reopened['reopened'] | undefined;
  readonly statuses: StatusCounts;
  /** The clock of the database when it was first seen so. */
  readonly since: number;
  readonly polls: number;
}

export const noEndings: Endings = new Map();

/** Number of polls without an open operation after which a table has ended. */
const endedPolls = 2;
/** Seconds without an open operation after which a phase, or a table, with fewer records than expected has ended. */
const unfinishedSeconds = 10;
/** Seconds for such a table while its phase has open operations: its workers may be busy with other tables before they add its next batch. */
const unfinishedInPhaseSeconds = 300;

interface Part {
  readonly key: string;
  /** The last end of its operations, as the rows have it. */
  readonly completedAt: number | null;
  readonly statuses: StatusCounts;
  /** For how long it has no open operation before it has ended: one with fewer records than expected may go on. */
  readonly secondsToWait: number;
  readonly what: () => Happening;
}

/**
 * The endings after a poll, and the phases and tables whose end this poll shows.
 *
 * @param before null for the first poll: what ended before it is not told, unless it ended so shortly before that it may go on
 */
export function endingsAfter(
  known: Endings,
  before: Observation | null,
  latest: Observation,
): { readonly endings: Endings; readonly ended: readonly WatchedEvent[] } {
  const { snapshot } = latest;
  if (!isCurrent(snapshot)) return { endings: known, ended: [] };
  const wasThere =
    before === null || isCounting(before.snapshot) ? null : new Set(before.memo(partsOf, before).map(keyOf));
  // Parts of the poll before without an open operation whose end is not to be told any more.
  const closed = new Map(
    (wasThere === null ? [] : (before?.memo(partsOf, before) ?? []))
      .filter(({ statuses }) => openIn(statuses) === 0)
      .map(({ key, statuses }) => [key, statuses] as const),
  );
  const endings = new Map<string, Ending | Reopened | null>();
  const ended: WatchedEvent[] = [];
  for (const part of latest.memo(partsOf, latest)) {
    const { key, statuses, secondsToWait, what } = part;
    const isOpen = openIn(statuses) > 0;
    // One that began and ended between two polls was open too.
    const wasOpen = known.has(key) || (wasThere === null ? mayGoOn(part, snapshot.takenAt) : !wasThere.has(key));
    const was = known.get(key);
    const reopened = was === undefined ? closed.get(key) : (was?.reopened ?? undefined);
    // Operations that have run were not merely added and taken back.
    if (isOpen) endings.set(key, reopened === undefined || statuses.running > 0 ? null : { reopened });
    if (isOpen || !wasOpen) continue;
    const first = wasThere === null ? endedBefore(part, snapshot.takenAt) : null;
    const isTakenBack = reopened?.completed === statuses.completed && reopened.failed === statuses.failed;
    if (isTakenBack) continue;
    const ending = endingAfter(was ?? first, statuses, snapshot.takenAt, reopened);
    const isOver = ending.polls >= endedPolls && snapshot.takenAt - ending.since >= secondsToWait;
    if (isOver) ended.push({ at: ending.since, key: `ended ${snapshot.takenAt} ${key}`, what: what() });
    else endings.set(key, ending);
  }
  return { endings, ended };
}

/**
 * The phases and tables that have ended, each with its last end as the rows have it. One that ended a moment ago with fewer records than
 * expected may go on.
 */
export function endedParts(latest: Observation): readonly { at: number; key: string; what: Happening }[] {
  const { takenAt } = latest.snapshot;
  return latest.memo(partsOf, latest).flatMap((part) => {
    const { key, completedAt, statuses, what } = part;
    if (completedAt === null || openIn(statuses) > 0 || mayGoOn(part, takenAt)) return [];
    return [{ at: completedAt, key, what: what() }];
  });
}

function mayGoOn({ completedAt, secondsToWait }: Part, takenAt: number): boolean {
  return completedAt !== null && secondsToWait > 0 && takenAt - completedAt < secondsToWait;
}

/** Since when a part has had no open operation that had none in the first poll; null if nothing says so. */
function endedBefore(part: Part, takenAt: number): Ending | null {
  const { completedAt, statuses } = part;
  return completedAt !== null && mayGoOn(part, takenAt) ? { statuses, since: completedAt, polls: 0 } : null;
}

function endingAfter(
  before: Ending | Reopened | null,
  statuses: StatusCounts,
  takenAt: number,
  reopened: Reopened['reopened'] | undefined,
): Ending {
  const isSame = before !== null && 'since' in before && before.since <= takenAt;
  return isSame && hasSameCounts(before.statuses, statuses)
    ? { ...before, polls: before.polls + 1 }
    : { statuses, since: takenAt, polls: 1, reopened };
}

const keyOf = ({ key }: Part): string => key;

/** The phases that have operations, and the tables of the execution. */
function partsOf({ phases, tables, triage }: Observation): readonly Part[] {
  const isOpen = phases.some(({ phase, statuses }) => phase === 'execution' && openIn(statuses) > 0);
  return [
    ...phases
      .filter(({ operations }) => operations > 0)
      .map(
        ({ phase, statuses, percent, completedAt }): Part => ({
          key: `phase ${phase}`,
          completedAt,
          statuses,
          secondsToWait: isIncomplete(percent) ? unfinishedSeconds : 0,
          what: () => ({
            kind: 'phase',
            phase,
            state: 'done',
            unresolved: unresolvedIn({ triage }, { phase, statuses }),
          }),
        }),
      ),
    ...tables.map((table): Part => {
      const { tableName, statuses, percent, completedAt } = table;
      return {
        key: `table ${tableName}`,
        completedAt,
        statuses,
        secondsToWait: isIncomplete(percent) ? (isOpen ? unfinishedInPhaseSeconds : unfinishedSeconds) : 0,
        what: () => {
          const unresolved = unresolvedIn({ triage }, { phase: 'execution', statuses }, tableName);
          const ended = tableOutcome(table, unresolved);
          const outcome = ended === null ? 'all its operations have ended' : tableOutcomeText(ended);
          return { kind: 'table done', tableName, outcome, unresolved };
        },
      };
    }),
  ];
}
