import { beganElsewhere } from '../domain/foreign-starts.ts';
import { isStandingStill } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { isLive, type Status, secondsSince } from '../domain/operation.ts';
import { tableOutcomeText } from '../domain/progress.ts';
import { rateHistory } from '../domain/rate-history.ts';
import type { PhaseSummary } from '../domain/summary.ts';
import { unresolvedIn } from '../domain/unresolved-in.ts';
import { isTwofold } from '../domain/zone.ts';
import { failureNumbers } from '../monitor/failures-view.ts';
import { overviewRowsOf } from '../monitor/overview-kinds.ts';
import { hourlyPeak, paceOf } from '../monitor/pace.ts';
import { pendingBeside } from '../monitor/paused-all.ts';
import type { Cursor, MonitorState, TwoLists } from '../monitor/state.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import { type CellContext, withoutCommon } from '../presentation/columns.ts';
import { count, duration, rate } from '../presentation/figures.ts';
import { sharedHoldTexts } from '../presentation/hold.ts';
import { overviewKindColumns, unresolvedNote } from '../presentation/kind-columns.ts';
import { listColumns } from '../presentation/layout.ts';
import { bar, cutLine, joined, lineWidth, sparkline, spread, text } from '../presentation/line.ts';
import type { OperationRow } from '../presentation/rows.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { countingNote } from './counting.ts';
import {
  type BodyLine,
  emptyText,
  endedNote,
  listLines,
  listTitle,
  orderOf,
  outsideNote,
  placeOf,
  rateNote,
  steadyOf,
} from './list.ts';
import { leftOutNote } from './migration.tsx';

/** The Overview: six phases, the throughput of the last hour with the running workers, the unresolved kinds of failure. */
export function overviewLines(
  state: MonitorState,
  observation: Observation,
  { operations, kinds, matching }: TwoLists,
  context: CellContext,
): BodyLine[] {
  const { theme } = context;
  const width = listColumns(state.view, state.window);
  const heights = overviewRowsOf(state);
  const cursor = liveCursor(state.cursors.overview);
  const all = columnsOf(state.personal.columns, 'overview');
  const { columns, common } = withoutCommon(all, operations, context, width, steadyOf(state));
  const workers = listLines({
    rows: operations,
    columns,
    cursor,
    width,
    height: heights.workers - 2,
    context,
    order: orderOf(state),
    steady: steadyOf(state),
    empty: emptyText(state, 'nothing is running'),
  });
  const upper: BodyLine[] = [
    ...phasesLines(state, observation, width, theme).slice(0, heights.phases),
    {
      line: workersTitle(
        state,
        observation,
        {
          live: operations,
          height: heights.workers - 2,
          holds: sharedHoldTexts(operations, pendingBeside(state), width),
          common,
        },
        width,
        theme,
      ),
    },
    ...padded(workers, heights.workers - 1),
  ];
  if (heights.failures === 0) return upper;
  return [
    ...upper,
    { line: failuresTitle(observation, matching, kinds.length) },
    ...listLines({
      rows: kinds,
      columns: overviewKindColumns,
      cursor: { ...cursor, top: 0 },
      width,
      height: heights.failures - 1,
      context,
      empty: emptyText(state, 'nothing unresolved'),
    }).slice(1),
  ];
}

/** The cursor for the live operations: while it is on a kind of failure, the first of them, with the trouble, are shown. */
function liveCursor(cursor: Cursor): Cursor {
  return cursor.key?.startsWith('kind ') === true ? { ...cursor, top: 0 } : cursor;
}

function padded(lines: readonly BodyLine[], height: number): BodyLine[] {
  return [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, (): BodyLine => ({ line: [] }))];
}

/** The six phases: how many operations are done, open and failed, and the duration. */
function phasesLines(state: MonitorState, observation: Observation, width: number, theme: Theme): BodyLine[] {
  const { takenAt, zone } = observation.snapshot;
  const others = [
    state.filter === '' ? '' : 'of all operations',
    countingNote(observation.snapshot),
    rateNote(state),
  ].filter(Boolean);
  const title = ` PHASES  ${others.map((note) => `${note}  `).join('')}`;
  const notes = [...others, leftOutNote(state, theme, width - title.length)];
  const isStill = isStandingStill(observation, paceOf(state, observation));
  const barWidth = Math.max(12, Math.min(30, width - 100));
  const settled = settledWord(observation.triage);
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
    const inWords = { isWhole: observation.triage.isWhole, resolved, settled };
    return { phase, inWords, left, right, room: width - lineWidth(left) - lineWidth(right) };
  });
  const begun = parts.filter(({ phase }) => phase.operations > 0);
  const words = begun.every(({ phase, inWords, room }) => lineWidth(openWords(phase, inWords)) < room);
  const phases = parts.map(({ phase, inWords, left, right, room }): BodyLine => {
    if (phase.operations === 0)
      return { line: [text(`   ${phase.phase.padEnd(11)} `, 'dim'), text(theme.glyphs.dash, 'dim')] };
    return {
      line: spread([...left, ...phaseNotes(phase, room, { ...inWords, theme, isStill, words })], right, width, theme),
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
  /** How many failures of the phase are resolved or accepted, and the word for them. */
  readonly resolved: number;
  readonly settled: string;
}

/** The open operations of a phase, and its resolved or accepted failures, in words. */
function openWords({ statuses }: PhaseSummary, { isWhole, resolved, settled }: FailureWords): Line {
  const wordOf = (status: Status): string => (status === 'failed' && isWhole ? 'unresolved' : status);
  const present = notDone.filter((status) => statuses[status] > 0);
  if (present.every((status) => status === 'skipped')) return [];
  return joined([
    ...present.map((status): Line => [text(`${count(statuses[status], 6)} ${wordOf(status)}`, statusTone[status])]),
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

function workersTitle(
  state: MonitorState,
  observation: Observation,
  {
    live,
    height,
    holds,
    common,
  }: {
    readonly live: readonly OperationRow[];
    readonly height: number;
    /** Why they are held, from the longest to the shortest text. */
    readonly holds: readonly string[];
    readonly common: string;
  },
  width: number,
  theme: Theme,
): Line {
  const { running, paused } = observation.migration.statuses;
  const kept = [endedNote(state), outsideNote(state)].filter(Boolean).join('  ');
  const all = running + paused;
  const matching = kept === '' ? live.length : live.length - 1;
  const held = observation.snapshot.operations.filter(({ status }) => isLive(status)).length;
  // It is not known how many match, where not all are held.
  const isFiltered = state.filter !== '' && held === all;
  const title = listTitle('LIVE', live.length, placeOf(liveCursor(state.cursors.overview), live), height);
  const before: Line = [
    ...title.line,
    text(matching < all ? `  ${count(matching)} of ${count(all)} ${isFiltered ? 'match' : 'shown'}` : '', 'dim'),
  ];
  const withNotes = (...notes: readonly string[]): Line => [
    ...before,
    ...notes.filter(Boolean).map((note) => text(`  ${note}`, 'dim')),
  ];
  const left = withNotes(kept);
  const cells = Math.max(12, Math.min(60, Math.floor(width / 2) - 20));
  const { throughput, snapshot } = observation;
  const rates = rateHistory(throughput.migration, snapshot.takenAt, 3600, cells);
  // Per minute, as the rate in line 2, however many minutes a cell of the sparkline has.
  const peak = hourlyPeak(state, observation);
  // Line 2 has the rate of the current phase.
  const isOfExecution = (observation.migration.currentPhase ?? 'execution') === 'execution';
  const unit = isOfExecution ? 'rec/s ' : 'execution rec/s ';
  const chart = (hour: string): Line => [text(unit, 'dim'), sparkline(rates, theme), text(hour, 'dim')];
  const right = chart(peak === null ? hourText : `${hourText.trimEnd()}, highest minute ${rate(peak, 7)} `);
  const noted = withNotes(kept, holds[0] ?? '', common);
  if (lineWidth(noted) + lineWidth(right) < width) return spread(noted, right, width, theme);
  // The reason of a pause is nowhere else in the list; the rates are in line 2 too, and the row shows that it has ended.
  if (holds.length > 0) {
    const inShort = kept.replace('selected: ', '1 ');
    const texts = [noted, ...holds.flatMap((hold) => [kept, inShort].map((one) => withNotes(one, hold)))];
    return texts.find((one) => lineWidth(one) <= width) ?? cutLine(texts.at(-1) ?? noted, width, theme);
  }
  const fitting = [right, chart(hourText)].find((one) => lineWidth(left) + lineWidth(one) < width);
  return fitting === undefined ? left : spread(left, fitting, width, theme);
}

/** How long the chart of rates is. */
const hourText = ' 60m ';

function failuresTitle({ triage }: Observation, matching: TwoLists['matching'], shownKinds: number): Line {
  const { unresolved, kinds } = matching ?? failureNumbers(triage);
  const kindsText = `${count(kinds)} ${kinds === 1 ? 'kind' : 'kinds'}`;
  const more = shownKinds === 0 ? `, in ${kindsText}` : `, ${count(shownKinds)} of ${kindsText} shown`;
  return [
    text(' FAILURES', 'strong'),
    text('  '),
    ...(triage.unresolved === 0 ? [] : unresolvedNote(unresolved, matching === undefined ? null : triage.unresolved)),
    text(kinds > shownKinds ? more : '', 'dim'),
  ];
}
