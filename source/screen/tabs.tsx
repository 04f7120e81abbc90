import { memo } from 'react';
import { viewTitle } from '../monitor/registry/view-titles.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';
import { cutLine, joined, lineWidth, text } from '../presentation/line.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The fourth row; `tabsLine`, painted. */
export const Tabs = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 4: the views with their keys, and how many unresolved failures there are. The open view is always in it. */
export function tabsLine(state: MonitorState, theme: Theme): Line {
  const { columns } = state.window;
  const tabs = viewIds.map((view, index) => tab(state, view, index + 1));
  const all: Line = [text(' '), ...joined(tabs)];
  if (lineWidth(all) <= columns) return all;
  // The names of the other views are omitted first, then their numbers.
  const short = viewIds.map((view, index) => (view === state.view ? tab(state, view, index + 1) : key(index + 1)));
  const line: Line = [text(' '), ...joined(short)];
  return cutLine(lineWidth(line) <= columns ? line : [text(' '), ...tab(state, state.view, 0)], columns, theme);
}

function tab(state: MonitorState, view: ViewId, number: number): Line {
  const isOpen = view === state.view;
  const observation = shown(state);
  const unresolved = view === 'failures' && observation?.triage.isWhole ? observation.triage.unresolved : 0;
  return [
    text(`${number === 0 ? '' : `${number} `}${viewTitle(view)}`, isOpen ? 'accent' : 'dim'),
    ...(unresolved > 0 ? [text(` ${count(unresolved, 7)}`, 'bad')] : []),
  ];
}

function key(number: number): Line {
  return [text(String(number), 'dim')];
}
