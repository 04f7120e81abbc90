import { Box, Transform } from 'ink';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { bodyRows } from '../monitor/layout.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { MonitorState } from '../monitor/state.ts';
import { Help } from './help.tsx';
import { useTerminalInput } from './input/use-terminal-input.ts';
import type { Look } from './look.ts';
import { isSamePicture, type Picture, pictureOf } from './picture.ts';
import type { Caret } from './terminal/terminal-output.ts';

export interface AppProps {
  readonly monitor: Monitor;
  readonly look: Look;
  /** Told where the terminal's cursor has to stand; null: out of sight. */
  readonly onCaret?: (at: Caret | null) => void;
}

/** The running program: the monitor's state on the screen, the terminal's keys to the monitor. */
export function App({ monitor, look, onCaret }: AppProps) {
  const [painter] = useState(() => createPainter(look));
  const picture = useSyncExternalStore(monitor.store.subscribe, () => painter(monitor.store.state()));
  useTerminalInput(monitor);
  const { caret } = picture;
  useEffect(() => onCaret?.(caret), [onCaret, caret]);
  return <PictureView picture={picture} look={look} />;
}

/** Paints states, each once. One that looks like the one before it gets the same picture, so nothing is drawn for it. */
function createPainter(look: Look): (state: MonitorState) => Picture {
  let last: { readonly state: MonitorState; readonly picture: Picture } | undefined;
  return (state) => {
    if (last?.state === state) return last.picture;
    const picture = pictureOf(state, look);
    last = { state, picture: last !== undefined && isSamePicture(last.picture, picture) ? last.picture : picture };
    return last.picture;
  };
}

export interface ScreenProps {
  readonly state: MonitorState;
  readonly look: Look;
}

/** One picture of the monitor: exactly as wide and as high as the window. */
export function Screen({ state, look }: ScreenProps) {
  return <PictureView picture={pictureOf(state, look)} look={look} />;
}

function PictureView({ picture, look }: { readonly picture: Picture; readonly look: Look }) {
  const { window, above, body, below } = picture;
  if (typeof body !== 'number') return <Rows rows={[...above, ...body, ...below]} />;
  return (
    <Box flexDirection="column" width={window.columns} height={window.rows}>
      <Rows rows={above} />
      <Box flexDirection="column" height={bodyRows(window)} overflow="hidden">
        <Help top={body} window={window} look={look} />
      </Box>
      <Rows rows={below} />
    </Box>
  );
}

/**
 * Rows that are cut and styled already. Ink would cut, style and measure each of their segments again for every frame,
 * which is most of what a frame costs: so it lays out blanks, and its Transform puts the rows in their place.
 */
function Rows({ rows }: { readonly rows: readonly string[] }) {
  return <Transform transform={(_, row) => rows[row] ?? ''}>{` ${'\n'.repeat(rows.length - 1)}`}</Transform>;
}
