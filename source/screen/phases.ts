import { beganElsewhere } from '../domain/foreign-starts.ts';
import { isStandingStill } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { openRetriesByPhase } from '../domain/open-retry.ts';
import { type Status, secondsSince } from '../domain/operation.ts';
import { tableOutcomeText } from '../domain/progress.ts';
import type { PhaseSummary } from '../domain/summary.ts';
import { unresolvedIn } from '../domain/unresolved-in.ts';
import { isTwofold } from '../domain/zone.ts';
import { paceOf } from '../monitor/pace.ts';
import type { MonitorState } from '../monitor/state.ts';
import { addedNote } from '../presentation/added-note.ts';
import { count, duration } from '../presentation/figures.ts';
import { bar, joined, lineWidth, spread, text } from '../presentation/line.ts';
import { retriedInBrackets } from '../presentation/retried-text.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { countingNote } from './counting.ts';
import { type BodyLine, rateNote } from './list.ts';
import { leftOutNote } from './migration.tsx';

/** The six phases: how many operations are done, open and failed, and the duration. */
export function phasesLines(state: MonitorState, observation: Observation, width: number, theme: Theme): BodyLine[] {
  const { takenAt, zone } = observation.snapshot;
  const added = addedNote(state.events, observation.migration.currentPhase, takenAt);
  const known = [
    state.filter === '' ? '' : 'of all operations',
    countingNote(observation.snapshot),
    rateNote(state),
  ].filter(Boolean);
  const leastTitle = [' PHASES', ...known, added, 'ELAPSED '].join('  ');
  const others = added === '' || leastTitle.length >= width ? known : [...known, added];
  const title = ` PHASES  ${others.map((note) => `${note}  `).join('')}`;
  const notes = [...others, leftOutNote(state, theme, width - title.length)];
  const isStill = isStandingStill(observation, paceOf(state, observation));
  const barWidth = Math.max(12, Math.min(30, width - 100));
  const settled = settledWord(observation.triage);
  const retries = openRetriesByPhase(observation);
  const shares = observation.phases.map(({ operations, statuses }) => {
    return `${count(statuses.completed, 7)}/${count(operations, 7)}`;
  });
  const shareWidth = Math.max(...shares.map((share) => share.length));
  const parts = observation.phases.map((all, index) => {
    // Resolved and accepted failures are done: red means unresolved.
    const phase = { ...all, statuses: { ...all.statuses, failed: unresolvedIn(observation, all) } };
    const current = phase.phase === observation.migration.currentPhase;
    const finished = phase.statuses.completed + phase.statuses.skipped + all.statuses.failed - phase.statuses.failed;
    const isTwofoldEnd = phase.completedAt !== null && isTwofold(phase.completedAt, zone);
    const isElsewhere = beganElsewhere(observation.foreignStarts, phase.phase, phase.startedAt);
    const seconds =
      isTwofoldEnd || isElsewhere ? null : secondsSince(phase.startedAt, phase.completedAt ?? takenAt, zone);
    const left: Line = [
      text(current ? ` ${theme.glyphs.cursor} ` : '   ', 'accent'),
      text(`${phase.phase.padEnd(11)} `, current ? 'strong' : 'plain'),
      ...bar(finished / phase.operations, barWidth, theme, finished === phase.operations ? 'good' : 'live'),
      text(`  ${shares[index]?.padStart(shareWidth)}`),
      text('  '),
    ];
    const right: Line = [text(` ${duration(seconds)} `, 'dim')];
    const resolved = all.statuses.failed - phase.statuses.failed;
    const { isWhole } = observation.triage;
    const retried = isWhole ? retriedInBrackets(retries.get(phase.phase), phase.statuses.failed) : '';
    const inWords = { isWhole, retried, resolved, settled };
    return { phase, inWords, left, right, room: width - lineWidth(left) - lineWidth(right) };
  });
  const begun = parts.filter(({ phase }) => phase.operations > 0);
  const haveRoom = (short: Partial<FailureWords>): boolean =>
    begun.every(({ phase, inWords, room }) => lineWidth(openWords(phase, { ...inWords, ...short })) < room);
  // Line 3 says how many failures are retried, too.
  const short = haveRoom({}) ? {} : { retried: '' };
  const words = haveRoom(short);
  const phases = parts.map(({ phase, inWords, left, right, room }): BodyLine => {
    if (phase.operations === 0)
      return { line: [text(`   ${phase.phase.padEnd(11)} `, 'dim'), text(theme.glyphs.dash, 'dim')] };
    return {
      line: spread(
        [...left, ...phaseNotes(phase, room, { ...inWords, ...short, theme, isStill, words })],
        right,
        width,
        theme,
      ),
    };
  });
  const heading: Line = [text(' PHASES', 'strong'), text(`  ${notes.filter(Boolean).join('  ')}`, 'dim')];
  const elapsed: Line = [text('ELAPSED ', 'dim')];
  const hasRoom = lineWidth(heading) + lineWidth(elapsed) < width;
  return [{ line: hasRoom ? spread(heading, elapsed, width, theme) : heading }, ...phases];
}

const notDone = ['failed', 'running', 'paused', 'pending', 'skipped'] as const;

/** How the failures that are not unresolved are called. */
function settledWord({ resolved, accepted }: Observation['triage']): string {
  if (accepted === 0) return 'resolved';
  return resolved === 0 ? 'accepted' : 'resolved or accepted';
}

/** How the failures of a phase are named. */
interface FailureWords {
  /** Whether it is known which of them are unresolved. */
  readonly isWhole: boolean;
  /** How many of the unresolved ones are retried now: ` (11 retrying)`. */
  readonly retried: string;
  /** How many failures of the phase are resolved or accepted, and the word for them. */
  readonly resolved: number;
  readonly settled: string;
}

/** The open operations of a phase, and its resolved or accepted failures, in words. */
function openWords({ statuses }: PhaseSummary, { isWhole, retried, resolved, settled }: FailureWords): Line {
  const wordOf = (status: Status): string => (status === 'failed' && isWhole ? 'unresolved' : status);
  const present = notDone.filter((status) => statuses[status] > 0);
  if (present.every((status) => status === 'skipped')) return [];
  return joined([
    ...present.map(
      (status): Line => [
        text(`${count(statuses[status], 6)} ${wordOf(status)}`, statusTone[status]),
        text(status === 'failed' ? retried : ''),
      ],
    ),
    // Without these, the parts of a phase do not add up to its operations.
    resolved === 0 ? [] : [text(`${count(resolved, 6)} ${settled}`, 'dim')],
  ]);
}

interface PhaseNotes extends FailureWords {
  readonly theme: Theme;
  /** Whether nothing is at work: then no worker claims what is pending. */
  readonly isStill: boolean;
  /** Whether the phases have room for words; else all have glyphs. */
  readonly words: boolean;
}

/** The open operations of a phase, in words, or in glyphs if the words of a phase do not fit. */
function phaseNotes(phase: PhaseSummary, width: number, { theme, isStill, words, ...failures }: PhaseNotes): Line {
  const { resolved, settled } = failures;
  const { statuses, outcome } = phase;
  const present = notDone.filter((status) => statuses[status] > 0);
  if (present.every((status) => status === 'skipped')) {
    const isOff = outcome !== null && outcome.kind !== 'completed' && outcome.kind !== 'unreported';
    const done = isOff ? tableOutcomeText(outcome).replace(/^completed/, 'done') : 'done';
    const skipped: Line = statuses.skipped === 0 ? [] : [text(`${count(statuses.skipped, 6)} skipped`, 'dim')];
    const ended: Line = resolved === 0 ? [] : [text(`${count(resolved, 6)} ${settled}`, 'dim')];
    const notes = joined([[text(done, isOff ? 'warn' : 'good')], skipped, ended]);
    return lineWidth(notes) < width ? notes : joined([[text('done', isOff ? 'warn' : 'good')], skipped]);
  }
  if (words) {
    const why: Line = isStill && statuses.pending > 0 ? [text(' (no worker)', 'warn')] : [];
    const all = openWords(phase, failures);
    return lineWidth([...all, ...why]) < width && statuses.skipped === 0 ? [...all, ...why] : all;
  }
  return joined([
    ...present.map(
      (status): Line => [text(`${theme.glyphs.status[status]} ${count(statuses[status], 6)}`, statusTone[status])],
    ),
    resolved === 0 ? [] : [text(`${theme.glyphs.settled} ${count(resolved, 6)}`, 'dim')],
  ]);
}
