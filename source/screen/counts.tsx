import { memo } from 'react';
import type { Observation } from '../domain/observation.ts';
import { type Status, unreadableCount } from '../domain/operation.ts';
import { countedStallsOf, stalledIn } from '../domain/paused-stalls.ts';
import { isCounting } from '../domain/snapshot.ts';
import { suspectedIn } from '../domain/stalled-operations.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text } from '../presentation/line.ts';
import { truncate, widthOf } from '../presentation/text-width.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { totalsAge } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The third row; `countsLine`, painted. */
export const Counts = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 3: how many operations are in each status, the filter, and how old the totals are. */
export function countsLine(state: MonitorState, theme: Theme): Line {
  const { columns } = state.window;
  const observation = shown(state);
  const rights = filterWidths.map(
    (width): Line =>
      state.filter === ''
        ? []
        : joined([
            [text('filter ', 'dim'), text(truncate(state.filter, width, theme.glyphs.ellipsis), 'warn')],
            [text('')],
          ]),
  );
  if (observation === null) return spread([], rights[0] ?? [], columns, theme);
  const named = [
    ...longWords.map((words) => statusCounts(observation, words, true)),
    // The phases show how many are done, too.
    ...longWords.map((words) => statusCounts(observation, words, false)),
    ...(state.filter === '' ? [] : shortWords.map((words) => statusCounts(observation, words, false))),
  ].map((counts): Line => [text(' '), ...joined(counts)]);
  const shortest: Line = [
    text(' '),
    ...joined(statusCounts(observation, (unresolved) => [`${unresolved} unresolved`, ''], false)),
  ];
  const ages = totalsAge(observation);
  // Older totals beside newer counts of live operations do not add up: the age matters more than the longer words.
  const least = observation.snapshot.coverage.isCarried === true ? lineWidth(ages.at(-1) ?? []) + 3 : 0;
  const choose = (lines: readonly Line[], beside: number): { left: Line; right: Line } | undefined => {
    // The words say which number is which: the end of a long filter makes room for them.
    for (const right of rights) {
      const left = lines.find((line) => lineWidth(line) + lineWidth(right) + 1 + beside <= columns);
      if (left !== undefined) return { left, right };
    }
    return undefined;
  };
  const { left, right } = choose(named, least) ??
    choose([shortest], least) ??
    choose([...named, shortest], 0) ?? { left: shortest, right: rights.at(-1) ?? [] };
  const room = columns - lineWidth(left) - lineWidth(right) - 4;
  const age = ages.find((one) => lineWidth(one) <= room) ?? [];
  if (age.length > 0) return spread(left, joined([age, right]), columns, theme);
  // No part of a filter is cut beside blanks.
  const blanks = Math.max(0, columns - lineWidth(left) - lineWidth(right) - 2);
  const filter = right.map((part) =>
    part.tone === 'warn'
      ? text(truncate(state.filter, widthOf(part.text) + blanks, theme.glyphs.ellipsis), 'warn')
      : part,
  );
  return spread(left, filter, columns, theme);
}

/** How wide a filter is shown: as wide as there is room for. */
const filterWidths = [40, 24, 14, 8];

type FailedWords = (unresolved: string, failed: string) => readonly [unresolved: string, failed: string];

/** The count of the failures in full, and shorter where the room is short. */
const longWords: readonly FailedWords[] = [
  (unresolved, failed) => [`${unresolved} unresolved`, ` of ${failed} failed`],
];

/** Beside a filter: the number that matters, and which one it is. */
const shortWords: readonly FailedWords[] = [(unresolved) => [`${unresolved} unresolved`, '']];

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
  const stalls = countedStallsOf(observation);
  // They are among the operations of their status.
  const stalled = (status: Status): Line => {
    const own = stalledIn(stalls, status);
    const isUncertain = suspectedIn(own) === own.size;
    if (own.size === 0) return [];
    return [text(` (${count(own.size)} ${isUncertain ? 'still?' : 'stalled'})`, isUncertain ? 'warn' : 'bad')];
  };
  const unreadable = unreadableCount(snapshot.unreadable);
  return [
    [...one('running', 'running', true), ...stalled('running')],
    [...one('paused', 'paused', false), ...stalled('paused')],
    failed(),
    one('pending', 'pending', true),
    hasDone ? one('completed', 'done', true) : [],
    one('skipped', 'skipped', false),
    unreadable === 0 ? [] : [text(`${count(unreadable)} unreadable`, 'bad')],
  ];
}
