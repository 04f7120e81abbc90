import { memo } from 'react';
import type { Observation } from '../domain/observation.ts';
import { openRetriesOf } from '../domain/open-retry.ts';
import { type Status, unreadableCount } from '../domain/operation.ts';
import { countedStallsOf, stalledIn } from '../domain/paused-stalls.ts';
import { isCounting } from '../domain/snapshot.ts';
import { suspectedIn } from '../domain/stalled-operations.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text } from '../presentation/line.ts';
import { retriedInBrackets } from '../presentation/retried-text.ts';
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
  const lineOf = (words: Words): Line => [text(' '), ...joined(statusCounts(observation, words))];
  const hasRetries = openRetriesOf(observation).open > 0;
  const named = [...longWords, ...(state.filter === '' && !hasRetries ? [] : shortWords)].map(lineOf);
  const shortest = lineOf(fewestWords);
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

/** How much the line says, where there is something to say. */
interface Words {
  /** How many are done: the phases show that, too. */
  readonly done: boolean;
  /** How many have failed, beside those that are unresolved. */
  readonly failed: boolean;
  /** How many of the unresolved ones are being retried. */
  readonly retrying: boolean;
  /** How many of the stalled ones are only suspected to be: which text of `uncertainTexts`. */
  readonly uncertain: number;
}

/** The counts in full, and shorter where the room is short. */
const longWords: readonly Words[] = [
  { done: true, failed: true, retrying: true, uncertain: 0 },
  { done: true, failed: true, retrying: true, uncertain: 1 },
  { done: false, failed: true, retrying: true, uncertain: 1 },
  { done: false, failed: true, retrying: true, uncertain: 2 },
];

/** Beside a filter or retries: the number that matters, and which one it is. */
const shortWords: readonly Words[] = [
  { done: false, failed: false, retrying: true, uncertain: 1 },
  { done: false, failed: false, retrying: true, uncertain: 2 },
  { done: false, failed: false, retrying: true, uncertain: 3 },
];

const fewestWords: Words = { done: false, failed: false, retrying: false, uncertain: 3 };

/** How many stalled operations are only suspected to be, from the longest to the shortest text. */
const uncertainTexts = (suspected: number): readonly string[] => [
  `, ${count(suspected)} of them perhaps`,
  `, ${count(suspected)} perhaps`,
  `, ${count(suspected)}?`,
  '',
];

function statusCounts(observation: Observation, words: Words): Line[] {
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
    return [
      text(`${count(triage.unresolved, 9)} unresolved`, triage.unresolved === 0 ? 'dim' : 'bad'),
      text(words.retrying ? retriedInBrackets(openRetriesOf(observation), triage.unresolved) : ''),
      text(words.failed ? ` of ${count(statuses.failed, 9)} failed` : '', 'dim'),
    ];
  };
  const stalls = countedStallsOf(observation);
  // They are among the operations of their status.
  const stalled = (status: Status): Line => {
    const own = stalledIn(stalls, status);
    const suspected = suspectedIn(own);
    const isUncertain = suspected === own.size;
    if (own.size === 0) return [];
    if (isUncertain) return [text(` (${count(own.size)} still?)`, 'warn')];
    const some = suspected === 0 ? '' : uncertainTexts(suspected)[words.uncertain];
    return [text(` (${count(own.size)} stalled${some})`, 'bad')];
  };
  const unreadable = unreadableCount(snapshot.unreadable);
  return [
    [...one('running', 'running', true), ...stalled('running')],
    [...one('paused', 'paused', false), ...stalled('paused')],
    failed(),
    one('pending', 'pending', true),
    words.done ? one('completed', 'done', true) : [],
    one('skipped', 'skipped', false),
    unreadable === 0 ? [] : [text(`${count(unreadable)} unreadable`, 'bad')],
  ];
}
