import { memo } from 'react';
import { type DeadlineVerdict, deadlineVerdict, leftOutOf } from '../domain/deadline.ts';
import { isCounting } from '../domain/snapshot.ts';
import { paceOf } from '../monitor/pace.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import {
  deadlineShort,
  deadlineText,
  deadlineTone,
  doneText,
  leftOutShort,
  leftOutText,
  namesLeftOut,
} from '../presentation/ends.ts';
import { count, percent, rate } from '../presentation/figures.ts';
import { bar, cutLine, lineWidth, text } from '../presentation/line.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { countingLine } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The second row, painted from `migrationLine`. */
export const Migration = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Minimum and maximum width of the bar. */
const narrowest = 12;
const widest = 100;

/** Line 2: the whole migration, when it will be done, and whether that is in time. */
export function migrationLine(state: MonitorState, theme: Theme): Line {
  const observation = shown(state);
  const { columns } = state.window;
  if (observation === null)
    return [text(state.connection.kind === 'lost' ? ' nothing read yet' : ' reading the table …', 'dim')];
  const { migration } = observation;
  if (isCounting(observation.snapshot)) return countingLine(observation, columns, theme);
  if (migration.operations === 0) return [text(' the table has no operations yet', 'dim')];
  const current = paceOf(state, observation);
  const uncertain = migration.isUnclear ? '?' : '';
  const phase: Line = [text(` ${migration.currentPhase ?? ''} `, 'strong')];
  // Numbers keep their places from poll to poll.
  const share: Line = [text(` ${percent(migration.percent).padStart(6)}`, 'strong')];
  const total = migration.totalRecords === null ? null : count(migration.totalRecords, 7);
  const processed = `${count(migration.recordsProcessed, 7)}${uncertain}`;
  const records: Line = [
    text(total === null ? `  ${processed} records` : `  ${processed.padStart(total.length)}/${total}`),
  ];
  const beyond: Line =
    migration.recordsBeyond === 0 ? [] : [text(`  ${count(migration.recordsBeyond, 7)} beyond the totals`, 'warn')];
  const speed: Line = [text(`  ${rate(current.recordsPerSecond, 9).padStart(6)} rec/s`)];
  const { end, late, medium, short, notes } = whenDone(state, theme);
  const progress = (room: number): Line =>
    bar(migration.percent === null ? null : migration.percent / 100, room, theme, 'live');
  const texts = (state.due.deadline === null ? 70 : 94) + lineWidth(beyond);
  const usual = Math.min(widest, Math.max(narrowest, columns - texts));
  // From the longest to the shortest: half a range or half a sentence says something else than all of it.
  for (const after of [
    [...end, ...late, ...beyond, ...notes],
    [...end, ...late, ...beyond],
    [...end, ...late],
    [...end, ...medium],
    [...end, ...short],
  ]) {
    const room = columns - lineWidth([...phase, ...share, ...records, ...speed, ...after]);
    // The bar has one width whatever the texts are: the numbers after it do not move.
    if (room >= usual) return [...phase, ...progress(usual), ...share, ...records, ...speed, ...after];
  }
  const least = [...share, ...records, ...speed, ...end, ...short];
  const room = columns - lineWidth([...phase, ...least]);
  if (room >= narrowest) return [...phase, ...progress(room), ...least];
  // Shorter numbers are better than none.
  const shortTotal = migration.totalRecords === null ? ' records' : `/${count(migration.totalRecords, 4)}`;
  const figures: Line = [
    text(` ${percent(migration.percent)}`, 'strong'),
    text(
      `  ${count(migration.recordsProcessed, 4)}${uncertain}${shortTotal}  ${rate(current.recordsPerSecond, 6)} rec/s`,
    ),
  ];
  const whole = [...phase, ...figures, ...end, ...short];
  if (
    short.length > 0 &&
    lineWidth([...phase, ...share, ...records, ...speed, ...end, ...short]) > columns &&
    lineWidth(whole) <= columns
  )
    return whole;
  for (const kept of short.length === 0 ? [] : [[...records, ...speed], speed, []]) {
    const line = [...phase, ...share, ...kept, ...end, ...short];
    if (lineWidth(line) <= columns) return line;
  }
  return cutLine([...phase, ...progress(narrowest), ...share, ...records, ...speed], columns, theme);
}

/** The end of line 2: when it will be done, whether that is in time (in three lengths), and what the ETA leaves out. */
function whenDone(
  state: MonitorState,
  theme: Theme,
): { end: Line; late: Line; medium: Line; short: Line; notes: Line; note: string } {
  const observation = shown(state);
  if (observation === null) return { end: [], late: [], medium: [], short: [], notes: [], note: '' };
  const { takenAt, zone } = observation.snapshot;
  const { eta } = paceOf(state, observation);
  const { deadline } = state.due;
  const done = doneText(eta, takenAt, zone);
  const verdict = deadline === null ? null : deadlineVerdict(deadline, observation, eta);
  const leftOut = leftOutOf(observation);
  const line = (value: string, tone: Parameters<typeof text>[1] = 'plain'): Line =>
    value === '' ? [] : [text(theme.isAscii ? value.replaceAll('–', '-') : value, tone)];
  const tone = verdict === null ? 'plain' : deadlineTone(verdict);
  const isJudged = verdict !== null && verdict.kind !== 'done';
  const judged = (words: (verdict: DeadlineVerdict) => string): Line => (isJudged ? line(words(verdict), tone) : []);
  const note = done === '' && !isJudged ? '' : leftOutText(leftOut);
  return {
    end: line(done === '' ? '' : `  ${done}`),
    late: judged((one) => `  ${deadline?.text}: ${deadlineText(one, leftOut)}`),
    medium: judged((one) => `  ${deadline?.text}: ${deadlineShort(one, leftOut)}`),
    short: judged((one) => `  ${deadlineText(one, null)}`),
    notes: note === '' || (isJudged && namesLeftOut(verdict)) ? [] : line(`  ${note}`, 'dim'),
    note,
  };
}

/** What the ETA leaves out, for the title of a view, if line 2 has no room for it; else ''. In `room` columns if possible. */
export function leftOutNote(state: MonitorState, theme: Theme, room = Number.POSITIVE_INFINITY): string {
  const { note } = whenDone(state, theme);
  const isShown = migrationLine(state, theme).some(
    ({ text: part }) => part.includes(note) || part.includes(', without '),
  );
  if (note === '' || isShown) return '';
  const observation = shown(state);
  const whole = `ETA: ${note}`;
  return whole.length <= room || observation === null ? whole : `ETA: ${leftOutShort(leftOutOf(observation))}`;
}
