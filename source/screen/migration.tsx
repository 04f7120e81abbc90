import { memo } from 'react';
import { deadlineVerdict, leftOutOf } from '../domain/deadline.ts';
import { isNamedAlone, isStandingStill, needsSomebody, whyWithoutEta } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { unreadableCount } from '../domain/operation.ts';
import { openIn } from '../domain/progress.ts';
import { isCounting } from '../domain/snapshot.ts';
import { operationsIn } from '../domain/summary.ts';
import { paceOf } from '../monitor/pace.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import {
  deadlineNamed,
  deadlineTexts,
  deadlineTone,
  doneText,
  doneTextOfDays,
  doneTextWithTable,
  fitsInPart,
  leftOutTexts,
  standstillTexts,
  standstillWithDeadline,
} from '../presentation/ends.ts';
import { count, countsBeside, rate } from '../presentation/figures.ts';
import { bar, cutLine, lineWidth, text } from '../presentation/line.ts';
import { phasePercent } from '../presentation/more-records.ts';
import { noEtaShort, noEtaText } from '../presentation/no-eta-text.ts';
import { noOperationsText } from '../presentation/no-operations.ts';
import { unresolvedNoteOf } from '../presentation/retried-text.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { areInPart, beyondLines } from './beyond.ts';
import { countingLine } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

export const Migration = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Usual minimum and maximum width of the bar, and the least before a line has none. */
const narrowest = 12;
const widest = 100;
const least = 6;

/** Columns of a short number of records: as many decimals at 99% as before (`countsBeside`). */
const shortCount = 5;

/** How many columns are kept for the ETA (without `, not all`) and for the verdict on a deadline, known or not: numbers keep their places. */
const endColumns = 18;
const verdictColumns = (columns: number): number =>
  columns >= 160 ? 75 : columns >= 110 ? 56 : columns >= 90 ? 26 : 19;

/** Line 2: the whole migration, when it will be done, and whether that is in time. */
export function migrationLine(state: MonitorState, theme: Theme): Line {
  const observation = shown(state);
  const { columns } = state.window;
  if (observation === null)
    return [text(state.connection.kind === 'lost' ? ' nothing read yet' : ' reading the table …', 'dim')];
  const { migration } = observation;
  // Totals of the empty table from before may be older than the operations that a poll has seen.
  const isOutdated = migration.operations === 0 && operationsIn(migration.statuses) > 0;
  if (isCounting(observation.snapshot) || isOutdated) return countingLine(observation, columns, theme);
  if (migration.operations === 0) return [text(` ${noOperationsText(state.target.scope)}`, 'dim')];
  const end = whenDone(state, theme);
  const { phase, ...figures } = figuresOf(state, observation);
  const reserved = reservedFor(end, state, { phase, ...figures });
  const chosen = fitting(figures, columns - reserved - lineWidth(phase), state.due.deadline !== null);
  const left = columns - reserved - lineWidth([...phase, ...chosen]);
  const share = migration.percent === null ? null : migration.percent / 100;
  // Beside records above the totals, whose text changes from poll to poll, a longer bar would change with it.
  const longest = figures.tight.length > 0 || figures.long.length > 1 ? narrowest : widest;
  const progress = left < least || share === null ? [] : bar(share, Math.min(longest, left), theme, 'live');
  const line = [...phase, ...progress, ...chosen];
  // From the longest to the shortest: half a range or half a sentence says something else than all of it.
  const after = end.variants.find((one) => lineWidth([...line, ...one]) <= columns) ?? [];
  return cutLine([...line, ...after], columns, theme);
}

/** The phase, and the figures beside it: from the longest to the shortest line of them. */
interface PhaseFigures {
  readonly phase: Line;
  readonly long: readonly Line[];
  readonly short: readonly Line[];
  /** The figures that have room beside a bar, without the records above the totals; none without such records. */
  readonly tight: readonly Line[];
}

/** How many columns the end of the line has, whatever the bar and the records would need. */
function reservedFor(
  { variants, essential, parts }: LineEnd,
  { window, due }: MonitorState,
  figures: PhaseFigures,
): number {
  const { phase, long, short, tight } = figures;
  const { columns } = window;
  const roomBeside = (figure: Line | undefined): number => columns - lineWidth([...phase, ...(figure ?? [])]);
  if (essential.length === 0) {
    // A bar says more than the longest words of a verdict; beside records without a total, there is none.
    const whole = tight[0] ?? (long.length > 1 ? undefined : short[0]);
    const most = whole === undefined ? columns : Math.max(roomBeside(whole) - least - endColumns, verdictColumns(90));
    if (due.deadline !== null) return endColumns + Math.min(verdictColumns(columns), most);
    const room = roomBeside(long[0]) - narrowest - endColumns;
    return endColumns + (parts.find((one) => one.length <= room) ?? parts.at(-1) ?? '').length;
  }
  // Words are worth more than a longer bar; why it does not progress is worth more than how many records that are.
  const beside = roomBeside(long.at(-1)) - narrowest;
  const words = variants.find((one) => lineWidth(one) <= beside);
  const few = essential.find((one) => lineWidth(one) <= roomBeside(short.at(-1)));
  return Math.max(lineWidth(words ?? []), lineWidth(few ?? []));
}

/** The longest figures that `room` columns hold with a bar before them; without a bar only if no line of all figures is so short. */
function fitting({ long, short, tight }: Omit<PhaseFigures, 'phase'>, room: number, hasDeadline: boolean): Line {
  const fits = (line: Line, beside: number): boolean => lineWidth(line) + beside <= room;
  return (
    // As many of the short ones as of the long ones have all figures.
    long.find((one) => fits(one, narrowest)) ??
    [...long, ...short.slice(0, long.length), ...tight].find((one) => fits(one, least)) ??
    // Beside a deadline, the bar says more than how many records that are.
    (hasDeadline ? short.slice(-1).find((one) => fits(one, least)) : undefined) ??
    [...long, ...short].find((one) => fits(one, 0)) ??
    (short.at(-1) ?? []).slice(0, 1)
  );
}

function figuresOf(state: MonitorState, observation: Observation): PhaseFigures {
  const { migration } = observation;
  const current = paceOf(state, observation);
  const uncertain = migration.isUnclear ? '?' : '';
  const phase: Line = [text(` ${migration.currentPhase ?? ''} `, 'strong')];
  const records = (digits: number): Line => {
    const { recordsProcessed, totalRecords, percent: share } = migration;
    if (totalRecords === null) return [text(`  ${count(recordsProcessed, digits)}${uncertain} records`)];
    const [processed, total] = countsBeside(recordsProcessed, totalRecords, share, digits);
    return [text(`  ${`${processed}${uncertain}`.padStart(total.length)}/${total}`)];
  };
  // Without a total, the records are the figure.
  const isShare = migration.totalRecords !== null;
  const share: Line = isShare ? [text(` ${phasePercent(migration).padStart(6)}`, 'strong')] : [];
  const speed: Line = [text(`  ${rate(current.recordsPerSecond, 9).padStart(6)} rec/s`)];
  const beyond = beyondLines(observation);
  const long = beyond.map((one): Line => [...share, ...records(7), ...one, ...speed]);
  // The records of the other tables say what the percentage does not: of what it is.
  const isShortShare = isShare && !areInPart(observation);
  const [shortShare, shortSpeed]: Line[] = [
    isShortShare ? [text(` ${phasePercent(migration).padStart(5)}`, 'strong')] : records(shortCount),
    [text(`  ${rate(current.recordsPerSecond, 6).padStart(5)} rec/s`)],
  ];
  const tight =
    migration.recordsBeyond === 0 || migration.recordsWithoutTotal > 0
      ? []
      : [[...(shortShare ?? []), ...(isShare ? records(shortCount) : []), ...(shortSpeed ?? [])]];
  // Shorter numbers are better than none; why the percentage stands is more than how many records that are.
  const short = [
    ...beyond.map((one): Line => [...(isShortShare ? records(shortCount) : []), ...one]),
    ...(migration.recordsBeyond > 0 ? [beyond.at(-1) ?? [], isShortShare ? records(shortCount) : []] : []),
    [],
  ].map((one): Line => [...(shortShare ?? []), ...one, ...(shortSpeed ?? [])]);
  return { phase, long, short, tight };
}

/** The end of line 2, from the longest to the shortest text. */
interface LineEnd {
  readonly variants: readonly Line[];
  /**
   * Those that say in few words why there is no ETA, where that needs the operator: one of them is always shown. Else none: an ETA that
   * comes and goes moves no figure.
   */
  readonly essential: readonly Line[];
  /** The operations and phases that the ETA leaves out, for the title of a view. */
  readonly note: string;
  /** The texts for it in line 2, from the longest to the shortest, also if the ETA is unknown; none if it leaves nothing out. */
  readonly parts: readonly string[];
}

/**
 * When it will be done, whether that is in time, and what the ETA leaves out; or why there is no ETA. No text says that it fits
 * without what that leaves out.
 */
function whenDone(state: MonitorState, theme: Theme): LineEnd {
  const observation = shown(state);
  if (observation === null) return { variants: [], essential: [], note: '', parts: [] };
  const { takenAt, zone } = observation.snapshot;
  const { deadline } = state.due;
  const known = paceOf(state, observation);
  // Without a rate, the ETA is that of earlier batches: that is no verdict.
  const isTooEarly = deadline !== null && known.recordsPerSecond === null;
  const pace = isTooEarly ? { ...known, eta: null } : known;
  const { eta } = pace;
  const done = doneText(eta, takenAt, zone);
  const verdict = deadline === null ? null : deadlineVerdict(deadline, observation, pace);
  const leftOut = leftOutOf(observation);
  const line = (value: string, tone: Parameters<typeof text>[1] = 'plain', indent = '  '): Line =>
    value === '' ? [] : [text(`${indent}${theme.isAscii ? value.replaceAll('–', '-') : value}`, tone)];
  const end = line(done);
  // A far end, without its times.
  const days = done === '' ? [] : [line(doneTextOfDays(eta, takenAt, zone))];
  const notIncluded = leftOutTexts(leftOut);
  const [note = ''] = notIncluded;
  const parts = notIncluded.map((words) => `, ${words}`);
  const partly = (one: Line): Line =>
    one.length === 0 || parts.length === 0 ? one : [...one, text(parts.at(-1) ?? '')];
  const still = standstillTextsOf(state);
  if (verdict === null || verdict.kind === 'done') {
    if (isDone(observation)) return { variants: [line('done', 'good')], essential: [], note: '', parts };
    if (done === '') {
      const why = still.length > 0 ? still : whyNoEtaTexts(state);
      const variants = why.map((words) => line(words, 'warn'));
      return { variants, essential: variants.slice(-1), note: '', parts };
    }
    const named = line(doneTextWithTable(eta, takenAt, zone));
    if (parts.length === 0) return { variants: [named, end, ...days], essential: [], note: '', parts };
    const variants = [named, end].flatMap((one) => parts.slice(0, -1).map((part) => [...one, text(part, 'dim')]));
    return {
      variants: [...variants, ...[named, end, ...days].map(partly)],
      essential: [],
      note,
      parts,
    };
  }
  const tone = deadlineTone(verdict, leftOut);
  if (verdict.kind === 'unknown' && still.length > 0) {
    const texts = standstillWithDeadline(still, deadline?.name ?? '', verdict.leftSeconds);
    const variants = texts.map((words) => line(words, tone === 'plain' ? 'warn' : tone));
    return { variants, essential: variants.slice(-2), note: '', parts };
  }
  const words = deadlineTexts(verdict, leftOut);
  const texts = words.map((one) => line(one, tone));
  const named = words.map((one) => {
    const [lead, rest] = deadlineNamed(one, deadline?.name ?? '');
    return [...line(lead), ...line(rest, tone, ' ')];
  });
  // The first two verdicts that it is late, and each that it fits, say what is left out; beside the others, the end does.
  const besideEnd = (one: Line, index: number): Line =>
    verdict.kind === 'late' && index > 1 ? [...partly(end), ...one] : [...end, ...one];
  const variants = [...named.map(besideEnd), ...texts.map(besideEnd), ...named, ...texts];
  return {
    // How far the deadline is says more than when it is.
    variants: verdict.kind === 'unknown' ? variants.toSorted((a, b) => lineWidth(b) - lineWidth(a)) : variants,
    essential: verdict.kind === 'unknown' && needsSomebody(verdict.why) ? texts.slice(-2) : [],
    note,
    parts,
  };
}

/** Whether nothing is open and no failure is unresolved. */
function isDone({ migration, snapshot, triage }: Observation): boolean {
  const isOver = openIn(migration.statuses) === 0 && unreadableCount(snapshot.unreadable) === 0;
  return isOver && triage.isWhole && triage.unresolved === 0;
}

/** Why the migration does not finish, where nothing is at work, from the longest to the shortest text. */
function standstillTextsOf(state: MonitorState): readonly string[] {
  const observation = shown(state);
  if (observation === null) return [];
  const pace = paceOf(state, observation);
  if (pace.eta !== null || pace.isDefied === true || !isStandingStill(observation, pace)) return [];
  return standstillTexts(leftOutOf(observation), observation.migration.statuses, unresolvedNoteOf(observation));
}

/** Why there is no ETA, where line 2 says that there is none: in full and in few words. */
function whyNoEtaTexts(state: MonitorState): readonly string[] {
  const observation = shown(state);
  if (observation === null) return [];
  const pace = paceOf(state, observation);
  const why = whyWithoutEta(observation, pace);
  if (why === null) return [];
  const isNamed = state.due.deadline !== null || pace.isDefied === true || isNamedAlone(why);
  return isNamed ? [noEtaText(why), noEtaShort(why)] : [];
}

/** The deadline, for the title of a view, if line 2 has no room for it; else ''. */
export function deadlineNote(state: MonitorState, theme: Theme): string {
  const { deadline } = state.due;
  if (deadline === null || shown(state) === null) return '';
  const isNamed = migrationLine(state, theme).some(({ text: part }) => part.includes(deadline.name));
  return isNamed ? '' : `deadline ${deadline.name}`;
}

/** The deadline, and what the ETA leaves out, as far as line 2 has no room for them; else ''. In `room` columns if possible. */
export function leftOutNote(state: MonitorState, theme: Theme, room = Number.POSITIVE_INFINITY): string {
  const name = deadlineNote(state, theme);
  return [name, etaNote(state, theme, room - (name === '' ? 0 : name.length + 2))].filter(Boolean).join(', ');
}

/** The note without the deadline. */
export function etaNote(state: MonitorState, theme: Theme, room: number): string {
  const line = migrationLine(state, theme);
  const has = (words: string): boolean => line.some(({ text: part }) => part.includes(words));
  const still = standstillTextsOf(state);
  // The last two have only a number of operations, or none.
  if (still.length > 0) return still.slice(0, -2).some(has) ? '' : (still.find((one) => one.length <= room) ?? '');
  const whys = whyNoEtaTexts(state);
  const said = whys.find((one) => one.length <= room) ?? whys.at(-1);
  if (said !== undefined) return whys.slice(0, 1).some(has) || has(said) ? '' : said;
  // Beside rows that a filter chose, it would read as theirs.
  if (state.filter !== '') return '';
  const { note } = whenDone(state, theme);
  if (note === '' || has(note)) return '';
  const observation = shown(state);
  const texts = observation === null ? [] : leftOutTexts(leftOutOf(observation)).map((words) => `ETA ${words}`);
  const fitting = texts.find((one) => one.length <= room) ?? texts.at(-1) ?? '';
  return has(fitting.replace('ETA ', '')) || (fitting === texts.at(-1) && has(fitsInPart)) ? '' : fitting;
}
