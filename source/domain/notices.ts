import { type Growths, noGrowths } from './added-operations.ts';
import type { AuditEntry } from './audit.ts';
import { changedStatus } from './audited-results.ts';
import { type CompletionState, completionAfter, noCompletion } from './completion.ts';
import { type Endings, noEndings } from './endings.ts';
import { type KnownKinds, kindsAfter, type NewKind, noKinds } from './new-kinds.ts';
import type { Observation } from './observation.ts';
import type { Status } from './operation.ts';
import { type Standstills, standstillsAfter } from './standstills.ts';
import { isAuditOf, type TrackedAction } from './tracked-actions.ts';
import type { Happening, WatchedEvent } from './watched-events.ts';

/** An event that operators and scripts get, once: by a notification, by the command of `--on-event`. */
export interface Notice {
  /** Counts from 1: each notice of a session has the next number. */
  readonly number: number;
  /** On the database's clock, in seconds. */
  readonly at: number;
  readonly what: Noticed;
}

export type Noticed =
  | NewKind
  | Overwritten
  | Extract<Happening, { kind: 'slow' | 'stalled' | 'moving again' | 'phase' | 'table done' | 'ended' }>
  /** The connection is lost for some time already. */
  | { readonly kind: 'lost'; readonly problem: string; readonly seconds: number }
  | { readonly kind: 'connected'; readonly afterSeconds: number };

/** An operation that an operator paused or skipped has another status, and no operator changed it. */
export interface Overwritten {
  readonly kind: 'overwritten';
  readonly action: TrackedAction['action'];
  readonly operationId: number;
  readonly tableName: string;
  readonly status: Status;
  readonly workerId: number | null;
  readonly afterSeconds: number;
  /** The operator, if another session did it. */
  readonly by: string | null;
}

/** The notices of a session, and what it needs to tell each transition only once. */
export interface Noticing {
  /** Oldest first; the last thousand, or all of the last poll. */
  readonly notices: readonly Notice[];
  /** The number of the last one. */
  readonly last: number;
  /** When the first poll was, on the database's clock: what is older is not told. */
  readonly since: number;
  readonly kinds: KnownKinds;
  /** The running operations that were told as slow or stalled, or were stalled from the start. */
  readonly standstills: Standstills;
  readonly completion: CompletionState;
  readonly endings: Endings;
  readonly growths: Growths;
  /** Whether the loss of the connection was told. */
  readonly isLost: boolean;
  /** Overwritten actions that are not told yet: the audit has to show that no operator of another session did it. */
  readonly unchecked: readonly Unchecked[];
}

interface Unchecked {
  readonly action: TrackedAction;
  /** When a poll has found it, on this program's clock. */
  readonly foundMs: number;
}

/** How many notices are kept. */
export const keptNotices = 1000;

/** An overwritten action is reported after this time, in milliseconds, also if the audit cannot be read. */
const uncheckedMs = 15_000;

export const noNotices: Noticing = {
  notices: [],
  last: 0,
  since: Number.POSITIVE_INFINITY,
  kinds: noKinds,
  standstills: new Map(),
  completion: noCompletion,
  endings: noEndings,
  growths: noGrowths,
  isLost: false,
  unchecked: [],
};

export type Told = Pick<Notice, 'at' | 'what'>;

/** With more notices, in their order. */
export function withNotices(noticing: Noticing, told: readonly Told[]): Noticing {
  if (told.length === 0) return noticing;
  const added = told.map((one, index): Notice => ({ ...one, number: noticing.last + index + 1 }));
  return {
    ...noticing,
    // All of one poll are kept: the followers have not seen them yet.
    notices: [...noticing.notices, ...added].slice(-Math.max(keptNotices, added.length)),
    last: noticing.last + told.length,
  };
}

/** One poll, compared with the poll before it. */
export interface PollNews {
  /** Null for the first poll, and for the first poll of other operations: nothing is reported then. */
  readonly before: Observation | null;
  readonly latest: Observation;
  /** Only the operations since then are shown; undefined: all. */
  readonly since?: string | undefined;
  /** Events between the two polls, oldest first. */
  readonly happened: readonly WatchedEvent[];
  /** The tracked actions before and after the poll, in the same order. */
  readonly actionsBefore: readonly TrackedAction[];
  readonly actions: readonly TrackedAction[];
  /** When it was answered, on this program's clock. */
  readonly atMs: number;
}

/** The notices after a poll. */
export function noticedIn(noticing: Noticing, news: PollNews): Noticing {
  const { before, latest, happened, atMs } = news;
  const { takenAt } = latest.snapshot;
  const isFirst = before === null;
  const { kinds, added } = kindsAfter(noticing.kinds, before, latest, happened);
  const still = standstillsAfter(isFirst ? null : noticing.standstills, latest);
  const { completion, ended } = completionAfter(isFirst ? noCompletion : noticing.completion, latest);
  const found = overwrittenIn(news.actionsBefore, news.actions).map((action) => ({ action, foundMs: atMs }));
  const isDue = ({ foundMs }: Unchecked): boolean => atMs - foundMs >= uncheckedMs;
  const told: Noticed[] = [
    ...happened.flatMap(({ what }): Noticed[] =>
      what.kind === 'connected' ? (noticing.isLost ? [what] : []) : isPassedOn(what) ? [what] : [],
    ),
    ...added,
    ...still.told,
    ...noticing.unchecked.filter(isDue).flatMap(({ action }) => overwritingOf(action)),
    ...(ended === null ? [] : [news.since === undefined ? ended : { ...ended, since: news.since }]),
  ];
  const next = {
    ...noticing,
    since: isFirst ? takenAt : noticing.since,
    kinds,
    standstills: still.standstills,
    completion,
    isLost: false,
    unchecked: [...noticing.unchecked.filter((one) => !isDue(one)), ...found],
  };
  return withNotices(
    next,
    told.map((what) => ({ at: takenAt, what })),
  );
}

function isPassedOn(what: Happening): what is Extract<Happening, { kind: 'phase' | 'table done' }> {
  return what.kind === 'phase' || what.kind === 'table done';
}

/** A poll keeps the order of the actions: an index is the same action before and after. */
function overwrittenIn(before: readonly TrackedAction[], after: readonly TrackedAction[]): readonly TrackedAction[] {
  if (before === after) return [];
  return after.filter(
    ({ result }, index) => result.kind === 'overwritten' && before[index]?.result.kind !== 'overwritten',
  );
}

/**
 * Tells the overwritten actions that polls have found, except those whose status an operator of another session changed.
 *
 * @param sentMs when the reading of the audit began: it may not have what happened later
 */
export function afterAudit(
  noticing: Noticing,
  { entries, sentMs, at }: { readonly entries: readonly AuditEntry[]; readonly sentMs: number; readonly at: number },
): Noticing {
  const checked = noticing.unchecked.filter(({ foundMs }) => foundMs <= sentMs);
  if (checked.length === 0) return noticing;
  const told = checked.filter(({ action }) => !entries.some((entry) => isLaterAction(entry, action)));
  return withNotices(
    { ...noticing, unchecked: noticing.unchecked.filter((one) => !checked.includes(one)) },
    told.flatMap(({ action }) => overwritingOf(action)).map((what) => ({ at, what })),
  );
}

/** Whether an audit entry is of a later action, which found the status that this one had set. */
export function isLaterAction(entry: AuditEntry, action: TrackedAction): boolean {
  if (entry.operationId !== action.operationId || !changedStatus(entry) || isAuditOf(action, entry)) return false;
  return entry.fromStatus === action.to && entry.at !== null && entry.at >= action.requestedAt;
}

/** The actions of other sessions that were overwritten before this one learned of them, but after its first poll. */
export function overwrittenByOthers(
  { since }: Noticing,
  before: readonly TrackedAction[],
  after: readonly TrackedAction[],
): readonly { readonly of: TrackedAction; readonly what: Overwritten }[] {
  if (before === after) return [];
  const known = new Set(before);
  return after.flatMap((of) =>
    known.has(of) || of.requestedAt < since ? [] : overwritingOf(of).map((what) => ({ of, what })),
  );
}

function overwritingOf({ action, operationId, tableName, result, by }: TrackedAction): readonly Overwritten[] {
  if (result.kind !== 'overwritten') return [];
  const { status, workerId, afterSeconds } = result;
  return [{ kind: 'overwritten', action, operationId, tableName, status, workerId, afterSeconds, by: by ?? null }];
}

/** The notices that are events of the Activity view too, and that no comparison of two polls finds. (A suspected stall is an event already.) */
export function eventsOf({ notices, last }: Noticing, before: number): readonly WatchedEvent[] {
  return notices
    .slice(notices.length - Math.min(notices.length, last - before))
    .flatMap(({ number, at, what }): WatchedEvent[] =>
      (what.kind === 'slow' && !what.isSuspected) || what.kind === 'ended'
        ? [{ at, key: `notice ${number}`, what }]
        : [],
    );
}
