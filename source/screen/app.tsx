import { Box } from 'ink';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Monitor } from '../monitor/monitor-interface.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { Theme } from '../presentation/theme.ts';
import { Counts } from './counts.tsx';
import { type Frame, frameOf, isSameFrame } from './frame.ts';
import { Header } from './header.tsx';
import type { Background } from './input/background.ts';
import { useTerminalInput } from './input/use-terminal-input.ts';
import { KeyLine } from './key-line.tsx';
import { Migration } from './migration.tsx';
import { Rows } from './rows.tsx';
import { Tabs } from './tabs.tsx';
import type { Caret } from './terminal/caret.ts';
import { Toast } from './toast.tsx';
import { View } from './view.tsx';

export interface AppProps {
  readonly monitor: Monitor;
  readonly theme: Theme;
  /** Is called with the place of the terminal's cursor; null hides it. */
  readonly onCaret?: (at: Caret | null) => void;
  /** Is called before Ink lays out a frame, with how many columns it needs; null: all. */
  readonly onLayout?: (columns: number | null) => void;
  /** Asks the terminal for its background once its input is open. */
  readonly background?: Background | undefined;
}

/** Draws the state of the monitor, and passes the terminal's keys to it. */
export function App({ monitor, theme, onCaret, onLayout, background }: AppProps) {
  const painter = useMemo(() => createPainter(theme, onLayout), [theme, onLayout]);
  const frame = useSyncExternalStore(monitor.store.subscribe, () => painter(monitor.store.state()));
  useTerminalInput(monitor, background);
  const { caret } = frame;
  useEffect(() => onCaret?.(caret), [onCaret, caret]);
  return <FrameView frame={frame} theme={theme} />;
}

/** Paints each state once. A state that looks like the last one gets the same frame, so that React draws nothing. */
function createPainter(theme: Theme, onLayout: AppProps['onLayout']): (state: MonitorState) => Frame {
  let last: { readonly state: MonitorState; readonly frame: Frame } | undefined;
  return (state) => {
    if (last?.state === state) return last.frame;
    const frame = frameOf(state, theme);
    last = { state, frame: last !== undefined && isSameFrame(last.frame, frame) ? last.frame : frame };
    onLayout?.(last.frame.body.kind === 'rows' ? 1 : null);
    return last.frame;
  };
}

export interface ScreenProps {
  readonly state: MonitorState;
  readonly theme: Theme;
}

/** One frame of the monitor: exactly as wide and as high as the window. */
export function Screen({ state, theme }: ScreenProps) {
  return <FrameView frame={frameOf(state, theme)} theme={theme} />;
}

function FrameView({ frame, theme }: { readonly frame: Frame; readonly theme: Theme }) {
  const { window, rows, notice, body } = frame;
  if (rows === null) return <Rows rows={[notice]} />;
  // The signs of rows need one column.
  const columns = body.kind === 'rows' ? 1 : window.columns;
  return (
    <Box flexDirection="column" width={columns} height={window.rows}>
      <Header row={rows.header} />
      <Migration row={rows.migration} />
      <Counts row={rows.counts} />
      <Tabs row={rows.tabs} />
      <View body={body} window={window} theme={theme} />
      <Toast row={rows.toast} />
      <KeyLine row={rows.keyLine} />
    </Box>
  );
}
