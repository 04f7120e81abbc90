import { Box } from 'ink';
import { useSyncExternalStore } from 'react';
import { bodyRows, dockColumns, isDocked, isTooSmall, listColumns, smallest } from '../monitor/layout.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { MonitorState } from '../monitor/state.ts';
import { confirmLines, detailLines, dockedLines } from './detail.ts';
import { countsLine, headerLine, keyLine, migrationLine, toastLine } from './frame.ts';
import { Help } from './help.tsx';
import { cutLine, text } from './line.ts';
import { LineView } from './line-view.tsx';
import type { BodyLine } from './list.ts';
import type { Look } from './look.ts';
import { useKeys } from './use-keys.ts';
import { viewLines } from './views.ts';

export interface AppProps {
  readonly monitor: Monitor;
  readonly look: Look;
}

/** The running program: the monitor's state on the screen, the terminal's keys to the monitor. */
export function App({ monitor, look }: AppProps) {
  const state = useSyncExternalStore(monitor.store.subscribe, monitor.store.state);
  useKeys(monitor);
  return <Screen state={state} look={look} />;
}

export interface ScreenProps {
  readonly state: MonitorState;
  readonly look: Look;
}

/** One picture of the monitor: exactly as wide and as high as the window. */
export function Screen({ state, look }: ScreenProps) {
  const { window } = state;
  const { columns } = window;
  if (isTooSmall(window)) {
    const line = [text(`migtop needs ${smallest.columns}x${smallest.rows}; this is ${columns}x${window.rows}`, 'warn')];
    return <LineView line={cutLine(line, columns, look)} width={columns} look={look} />;
  }
  const faded = state.connection.kind === 'lost';
  return (
    <Box flexDirection="column" width={columns} height={window.rows}>
      <LineView line={headerLine(state, look)} width={columns} look={look} />
      <LineView line={migrationLine(state, look)} width={columns} look={look} faded={faded} />
      <LineView line={countsLine(state, look)} width={columns} look={look} faded={faded} />
      <Box flexDirection="column" height={bodyRows(window)} overflow="hidden">
        <Body state={state} look={look} faded={faded} />
      </Box>
      <LineView line={toastLine(state, look)} width={columns} look={look} />
      <LineView line={keyLine(state, look)} width={columns} look={look} />
    </Box>
  );
}

function Body({ state, look, faded }: ScreenProps & { faded: boolean }) {
  const { overlay, view, window } = state;
  if (overlay.kind === 'help') return <Help top={overlay.top} window={window} look={look} />;
  if (overlay.kind === 'detail')
    return <Lines lines={detailLines(state, look)} width={window.columns} look={look} faded={faded} />;
  if (overlay.kind === 'confirm')
    return <Lines lines={confirmLines(state, look)} width={window.columns} look={look} faded={faded} />;
  const list = <Lines lines={viewLines(state, look)} width={listColumns(view, window)} look={look} faded={faded} />;
  if (!isDocked(view, window)) return list;
  return (
    <Box>
      <Box flexDirection="column" width={listColumns(view, window)}>
        {list}
      </Box>
      <Box flexDirection="column" width={dockColumns} paddingLeft={2}>
        <Lines
          lines={dockedLines(state, look).map((line) => ({ line }))}
          width={dockColumns - 2}
          look={look}
          faded={faded}
        />
      </Box>
    </Box>
  );
}

interface LinesProps {
  readonly lines: readonly BodyLine[];
  readonly width: number;
  readonly look: Look;
  readonly faded: boolean;
}

function Lines({ lines, width, look, faded }: LinesProps) {
  return lines.map(({ line, selected }, index) => (
    // An empty text has no height in Ink; a blank has one.
    <LineView
      // biome-ignore lint/suspicious/noArrayIndexKey: a row of the window is its place, whatever it shows
      key={index}
      line={line.length === 0 ? [text(' ')] : line}
      width={width}
      look={look}
      selected={selected === true}
      faded={faded}
    />
  ));
}
