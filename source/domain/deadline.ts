import { isVague } from './eta.ts';
import { type CurrentPace, type WhyNoEta, whyNoEta } from './no-eta.ts';
import type { Observation } from './observation.ts';
import { notRetried } from './open-retry.ts';
import type { Phase } from './operation.ts';
import { openIn } from './progress.ts';
import { parseSince, type Since, sinceProblem } from './since.ts';
import { stallsOf, suspectedIn } from './stalled-operations.ts';
import { localSeconds, localTimestamp, utc, type Zone } from './zone.ts';

/** Until when the migration has to be done, as given: a time of the day, a timestamp, or a duration from now on. */
export type Until = Exclude<Since, { kind: 'id' }>;

/** The forms that `parseUntil` accepts, for messages. */
export const untilForms =
  'a time (06:00), a timestamp as in the table (2026-11-26 06:00) or a duration from now on (2h, 1d12h)';

/** The forms of a deadline in short. @param local now, on the clock of the table's writers: the example is of the next day */
export function untilHintAt(local: number): string {
  return `06:00, ${new Date((local + daySeconds) * 1000).toISOString().slice(0, 10)} 06:00 or 2h`;
}

/** An instant, and how the operator gave it. */
export interface Deadline {
  readonly text: string;
  /** Its name in messages: a time of the day, with its day where that is not today; or the timestamp that was given. */
  readonly name: string;
  readonly at: number;
}

/** Reads `06:00`, `2026-11-26 06:00` or `2h`; null for anything else. */
export function parseUntil(given: string): Until | null {
  const parsed = parseSince(given);
  return parsed === null || parsed.kind === 'id' ? null : parsed;
}

/** Why `parseUntil` does not read a text, in few words. */
export function untilProblem(given: string): string {
  return parseSince(given)?.kind === 'id' ? 'a number without a unit' : sinceProblem(given);
}

/**
 * The instant of a deadline that was given now. A time of the day, on the clock of the table's writers, is the one that passed less than
 * six hours ago, else the next one: a check that runs each minute with the same time stays late, and in the evening 06:00 is the next morning.
 *
 * @param isTyped whether an operator has typed it just now: then one that passed longer than a quarter of an hour ago is the next one
 */
export function deadlineOf(until: Until, now: number, zone: Zone = utc, isTyped = false): Deadline {
  const at = instantOf(until, now, zone, isTyped ? typedPassedSeconds : passedSeconds);
  return { text: until.text, name: nameOf(until, at, now, zone), at };
}

/** The same deadline, with the name that it has now: from the next day on, with its day. */
export function renamed(deadline: Deadline, until: Until, now: number, zone: Zone = utc): Deadline {
  const name = nameOf(until, deadline.at, now, zone);
  return name === deadline.name ? deadline : { ...deadline, name };
}

function nameOf(until: Until, at: number, now: number, zone: Zone): string {
  return until.kind === 'at' ? until.text : (clockName(at, now, zone) ?? until.text);
}

/** How long a time of the day is meant as the one that has passed, in seconds. */
const passedSeconds = 6 * 3600;
const typedPassedSeconds = 15 * 60;

/** `06:00`, on another day than now `2026-11-26 06:00`; null of an instant that no timestamp has. */
export function clockName(at: number, now: number, zone?: Zone): string | null {
  const [[day, clock], [today]] = [placeOf(at, zone), placeOf(now, zone)];
  if (day === undefined || clock === undefined) return null;
  return day === today ? clock : `${day} ${clock}`;
}

/** The day and the minute of an instant. */
function placeOf(at: number, zone?: Zone): readonly string[] {
  return /^(.+)T(\d\d:\d\d)/.exec(localTimestamp(at, zone) ?? '')?.slice(1) ?? [];
}

function instantOf(until: Until, now: number, zone: Zone, passedFor: number): number {
  switch (until.kind) {
    case 'ago':
      return now + until.seconds;
    case 'at':
      return instantAt(until.seconds, zone);
    case 'clock': {
      const local = localSeconds(now, zone);
      const today = Math.floor(local / daySeconds) * daySeconds + until.secondsOfDay;
      const around = [-1, 0, 1].map((days) => instantAt(today + days * daySeconds, zone));
      // Two of them are a day apart: the first one that has not passed long ago is just past, or the next one.
      return around.find((at) => now - at < passedFor) ?? now;
    }
  }
}

const daySeconds = 86_400;

/** The instant at which the clocks of a zone show a time. */
function instantAt(local: number, zone: Zone): number {
  const about = local - (localSeconds(local, zone) - local);
  return local - (localSeconds(about, zone) - about);
}

/** Whether the deadline holds by the ETA. All values are in seconds. */
export type DeadlineVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'fits'; readonly spareSeconds: number }
  /** How late the end may be: from 0 on if it may also be in time. */
  | {
      readonly kind: 'late';
      readonly lowSeconds: number;
      readonly highSeconds: number;
      /** As in the ETA. */
      readonly lastTable?: string | undefined;
    }
  /** There is no ETA, and why; negative after the deadline. */
  | { readonly kind: 'unknown'; readonly leftSeconds: number; readonly why: WhyNoEta };

/** Compares the ETA with the deadline; `unknown` with the reason if there is no ETA. */
export function deadlineVerdict({ at }: Deadline, observation: Observation, pace: CurrentPace): DeadlineVerdict {
  const { eta } = pace;
  const { snapshot, migration } = observation;
  if (migration.operations > 0 && openIn(migration.statuses) === 0) return { kind: 'done' };
  const leftSeconds = at - snapshot.takenAt;
  if (eta === null) return { kind: 'unknown', leftSeconds, why: whyNoEta(observation, pace) };
  if (eta.highSeconds <= leftSeconds) return { kind: 'fits', spareSeconds: leftSeconds - eta.highSeconds };
  // The earliest end of a vague range does not show that a deadline to come is missed.
  const isCertain = leftSeconds <= 0 || !isVague(eta);
  return {
    kind: 'late',
    lowSeconds: isCertain ? Math.max(0, eta.lowSeconds - leftSeconds) : 0,
    highSeconds: eta.highSeconds - leftSeconds,
    ...(eta.lastTable !== undefined && { lastTable: eta.lastTable }),
  };
}

/** The open work that an ETA does not include: operations without a worker, and the open phases after the current one. */
export interface LeftOut {
  readonly stalled: number;
  /** Whether all of these are only suspected to be; absent if not. */
  readonly isSuspected?: true;
  readonly paused: number;
  /** Failed operations that are not resolved or accepted, and that no open operation retries. */
  readonly unresolved: number;
  /** Whether not all failures are read yet: then some of the failed ones may be resolved. Absent if they are. */
  readonly mayBeResolved?: true;
  readonly phases: readonly Phase[];
}

/** How many operations, and which phases, the ETA does not include. */
export function leftOutOf(observation: Observation): LeftOut {
  const { migration, phases, triage } = observation;
  const { paused, failed } = migration.statuses;
  const stalls = stallsOf(observation);
  return {
    stalled: stalls.size,
    ...(stalls.size > 0 && suspectedIn(stalls) === stalls.size && { isSuspected: true as const }),
    paused,
    unresolved: triage.isWhole ? notRetried(observation) : failed,
    ...(!triage.isWhole && failed > 0 && { mayBeResolved: true as const }),
    phases: phases
      .filter(({ phase, statuses }) => phase !== migration.currentPhase && openIn(statuses) > 0)
      .map(({ phase }) => phase),
  };
}
