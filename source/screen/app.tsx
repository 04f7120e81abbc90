import { Box } from 'ink';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Monitor } from '../monitor/monitor.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { Theme } from '../presentation/theme.ts';
import { isSamePicture, type Picture, pictureOf } from './frame.ts';
import { Header } from './header.tsx';
import type { Background } from './input/background.ts';
import { useTerminalInput } from './input/use-terminal-input.ts';
import { KeyLine } from './key-line.tsx';
import { Migration } from './migration.tsx';
import { Rows } from './rows.tsx';
import { Tabs } from './tabs.tsx';
import type { Caret } from './terminal/terminal-output.ts';
import { Toast } from './toast.tsx';
import { View } from './view.tsx';

export interface AppProps {
  readonly monitor: Monitor;
  readonly look: Theme;
  /** Told where the terminal's cursor has to stand; null: out of sight. */
  readonly onCaret?: (at: Caret | null) => void;
  /** Asked for once the terminal's input is open. */
  readonly background?: Background | undefined;
}

/** The running program: the monitor's state on the screen, the terminal's keys to the monitor. */
export function App({ monitor, look, onCaret, background }: AppProps) {
  const painter = useMemo(() => createPainter(look), [look]);
  const picture = useSyncExternalStore(monitor.store.subscribe, () => painter(monitor.store.state()));
  useTerminalInput(monitor, background);
  const { caret } = picture;
  useEffect(() => onCaret?.(caret), [onCaret, caret]);
  return <PictureView picture={picture} look={look} />;
}

/** Paints states, each once. One that looks like the one before it gets the same picture, so nothing is drawn for it. */
function createPainter(theme: Theme): (state: MonitorState) => Picture {
  let last: { readonly state: MonitorState; readonly picture: Picture } | undefined;
  return (state) => {
    if (last?.state === state) return last.picture;
    const picture = pictureOf(state, theme);
    last = { state, picture: last !== undefined && isSamePicture(last.picture, picture) ? last.picture : picture };
    return last.picture;
  };
}

export interface ScreenProps {
  readonly state: MonitorState;
  readonly look: Theme;
}

/** One picture of the monitor: exactly as wide and as high as the window. */
export function Screen({ state, look }: ScreenProps) {
  return <PictureView picture={pictureOf(state, look)} look={look} />;
}

function PictureView({ picture, look }: { readonly picture: Picture; readonly look: Theme }) {
  const { window, rows, notice, body } = picture;
  if (rows === null) return <Rows rows={[notice]} />;
  return (
    <Box flexDirection="column" width={window.columns} height={window.rows}>
      <Header row={rows.header} />
      <Migration row={rows.migration} />
      <Tabs row={rows.tabs} />
      <View body={body} window={window} look={look} />
      <Toast row={rows.toast} />
      <KeyLine row={rows.keyLine} />
    </Box>
  );
}
