import { memo } from 'react';
import type { Observation } from '../domain/observation.ts';
import { unreadableCount } from '../domain/operation.ts';
import { isCounting } from '../domain/snapshot.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { viewTitle } from '../monitor/registry/view-titles.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text } from '../presentation/line.ts';
import { truncate } from '../presentation/text-width.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { viewIds } from '../presentation/view-id.ts';
import { totalsAge } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The third row, painted from `countsLine`. */
export const Tabs = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 3: how many operations are in each status, and the views. */
export function countsLine(state: MonitorState, theme: Theme): Line {
  const observation = shown(state);
  const counts = observation === null ? [] : statusCounts(observation);
  const filtered: Line =
    state.filter === ''
      ? []
      : [text('filter ', 'dim'), text(truncate(state.filter, 40, theme.glyphs.ellipsis), 'warn')];
  const left: Line = [text(' '), ...joined(counts)];
  const right = joined([filtered, tabs(state), []]);
  const room = state.window.columns - lineWidth(left) - lineWidth(right) - 4;
  const age = observation === null ? [] : (totalsAge(observation).find((one) => lineWidth(one) <= room) ?? []);
  return spread(left, age.length === 0 ? right : joined([age, right]), state.window.columns, theme);
}

function statusCounts(observation: Observation): Line[] {
  const { statuses } = observation.migration;
  const { snapshot } = observation;
  const one = (status: keyof typeof statuses, word: string, always: boolean): Line =>
    // The count of a part of the table is not shown.
    (statuses[status] === 0 && !always) || (isCounting(snapshot) && snapshot.counts[status] === undefined)
      ? []
      : [text(`${count(statuses[status], 9)} ${word}`, statuses[status] === 0 ? 'dim' : statusTone[status])];
  const stalled = stallsOf(observation).size;
  const unreadable = unreadableCount(observation.snapshot.unreadable);
  return [
    // The running operations include the stalled ones.
    [...one('running', 'running', true), ...(stalled === 0 ? [] : [text(` (${count(stalled)} stalled)`, 'bad')])],
    one('paused', 'paused', false),
    one('failed', 'failed', true),
    one('pending', 'pending', true),
    one('completed', 'done', true),
    one('skipped', 'skipped', false),
    unreadable === 0 ? [] : [text(`${count(unreadable)} unreadable`, 'bad')],
  ];
}

/** The views with their keys, if there is room. */
function tabs(state: MonitorState): Line {
  if (state.window.columns < 140) return [];
  return joined([
    ...viewIds.map(
      (view, index): Line => [text(`${index + 1} ${viewTitle(view)}`, view === state.view ? 'accent' : 'dim')],
    ),
    [text('')],
  ]);
}
