import { memo } from 'react';
import type { Observation } from '../domain/observation.ts';
import { type Status, unreadableCount } from '../domain/operation.ts';
import { isCounting } from '../domain/snapshot.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text } from '../presentation/line.ts';
import { truncate } from '../presentation/text-width.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { totalsAge } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The third row; `countsLine`, painted. */
export const Counts = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 3: how many operations are in each status, the filter, and how old the totals are. */
export function countsLine(state: MonitorState, theme: Theme): Line {
  const { columns } = state.window;
  const observation = shown(state);
  const right: Line =
    state.filter === ''
      ? []
      : joined([[text('filter ', 'dim'), text(truncate(state.filter, 40, theme.glyphs.ellipsis), 'warn')], [text('')]]);
  if (observation === null) return spread([], right, columns, theme);
  const variants = [
    ...longWords.map((words) => statusCounts(observation, words, true)),
    // The phases show how many are done, too.
    ...longWords.map((words) => statusCounts(observation, words, false)),
    statusCounts(observation, (unresolved, failed) => [unresolved, `/${failed} failed`], false),
  ].map((counts): Line => [text(' '), ...joined(counts)]);
  const ages = totalsAge(observation);
  // Older totals beside newer counts of live operations do not add up: the age matters more than the longer words.
  const least = observation.snapshot.coverage.isCarried === true ? lineWidth(ages.at(-1) ?? []) + 3 : 0;
  const fits = (line: Line, beside: number): boolean => lineWidth(line) + lineWidth(right) + 1 + beside <= columns;
  const left =
    variants.find((line) => fits(line, least)) ?? variants.find((line) => fits(line, 0)) ?? variants.at(-1) ?? [];
  const room = columns - lineWidth(left) - lineWidth(right) - 4;
  const age = ages.find((one) => lineWidth(one) <= room) ?? [];
  return spread(left, age.length === 0 ? right : joined([age, right]), columns, theme);
}

type FailedWords = (unresolved: string, failed: string) => readonly [unresolved: string, failed: string];

/** The count of the failures in full, and shorter where the room is short. */
const longWords: readonly FailedWords[] = [
  (unresolved, failed) => [`${unresolved} unresolved`, ` of ${failed} failed`],
  (unresolved, failed) => [`${unresolved} unresolved`, `/${failed} failed`],
];

function statusCounts(observation: Observation, words: FailedWords, hasDone: boolean): Line[] {
  const { statuses } = observation.migration;
  const { snapshot, triage } = observation;
  // A count of only a part of the table means nothing.
  const isKnown = (status: Status): boolean => !isCounting(snapshot) || snapshot.counts[status] !== undefined;
  const one = (status: Status, word: string, always: boolean): Line =>
    (statuses[status] === 0 && !always) || !isKnown(status)
      ? []
      : [text(`${count(statuses[status], 9)} ${word}`, statuses[status] === 0 ? 'dim' : statusTone[status])];
  const failed = (): Line => {
    if (!isKnown('failed') || statuses.failed === 0 || !triage.isWhole) return one('failed', 'failed', true);
    const [unresolved, all] = words(count(triage.unresolved, 9), count(statuses.failed, 9));
    return [text(unresolved, triage.unresolved === 0 ? 'dim' : 'bad'), text(all, 'dim')];
  };
  const stalled = stallsOf(observation).size;
  const unreadable = unreadableCount(snapshot.unreadable);
  return [
    // The stalled ones are among them.
    [...one('running', 'running', true), ...(stalled === 0 ? [] : [text(` (${count(stalled)} stalled)`, 'bad')])],
    one('paused', 'paused', false),
    failed(),
    one('pending', 'pending', true),
    hasDone ? one('completed', 'done', true) : [],
    one('skipped', 'skipped', false),
    unreadable === 0 ? [] : [text(`${count(unreadable)} unreadable`, 'bad')],
  ];
}
