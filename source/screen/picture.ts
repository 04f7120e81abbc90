import { bodyRows, dockColumns, isDocked, isTooSmall, listColumns, smallest } from '../monitor/layout.ts';
import type { MonitorState, Overlay } from '../monitor/state.ts';
import type { Window } from '../monitor/window.ts';
import { confirmLines, detailLines, dockedLines } from './detail.ts';
import { countsLine, headerLine, keyLine, migrationLine, toastLine, typingLine } from './frame.ts';
import { text } from './line.ts';
import type { BodyLine } from './list.ts';
import type { Look } from './look.ts';
import { paintLine } from './paint.ts';
import type { Caret } from './terminal/terminal-output.ts';
import { viewLines } from './views.ts';

/** What the window shows, finished. */
export interface Picture {
  readonly window: Window;
  readonly above: readonly string[];
  /** As many rows as the body has; or, where the help is open, the first of its commands that is shown. */
  readonly body: readonly string[] | number;
  readonly below: readonly string[];
  /** Where text is typed: the terminal's cursor stands there, and input methods open beside it. */
  readonly caret: Caret | null;
}

/** One picture of the monitor: exactly as high as the window, and nowhere wider. */
export function pictureOf(state: MonitorState, look: Look): Picture {
  const { window } = state;
  const { columns } = window;
  if (isTooSmall(window)) {
    const line = [text(`migtop needs ${smallest.columns}x${smallest.rows}; this is ${columns}x${window.rows}`, 'warn')];
    return { window, above: [paintLine(line, columns, look)], body: [], below: [], caret: null };
  }
  const faded = state.connection.kind === 'lost';
  const typing = typingLine(state, look);
  const above = [
    paintLine(headerLine(state, look), columns, look),
    paintLine(migrationLine(state, look), columns, look, { faded }),
    paintLine(countsLine(state, look), columns, look, { faded }),
  ];
  const lines = state.overlay.kind === 'help' ? null : bodyLines(state, look);
  return {
    window,
    above,
    body: lines === null ? topOf(state.overlay) : body(state, lines, look, faded),
    below: [paintLine(toastLine(state, look), columns, look), paintLine(typing?.line ?? keyLine(state), columns, look)],
    caret: typing === null ? caretIn(lines ?? [], above.length) : { row: window.rows - 1, column: typing.caret },
  };
}

function topOf(overlay: Overlay): number {
  return overlay.kind === 'help' ? overlay.top : 0;
}

function caretIn(lines: readonly BodyLine[], firstRow: number): Caret | null {
  const row = lines.findIndex(({ caret }) => caret !== undefined);
  const column = lines[row]?.caret;
  return column === undefined ? null : { row: firstRow + row, column };
}

function body(state: MonitorState, lines: readonly BodyLine[], look: Look, faded: boolean): readonly string[] {
  const { overlay, view, window } = state;
  const isList = overlay.kind === 'none' || overlay.kind === 'filter' || overlay.kind === 'since';
  const width = isList ? listColumns(view, window) : window.columns;
  const docked = isList && isDocked(view, window) ? dockedLines(state, look) : [];
  return Array.from({ length: bodyRows(window) }, (_, row) => {
    const { line = [], selected = false } = lines[row] ?? {};
    const beside = docked[row];
    const painted = paintLine(line, width, look, { selected, faded, filled: beside !== undefined });
    return beside === undefined ? painted : `${painted}  ${paintLine(beside, dockColumns - 2, look, { faded })}`;
  });
}

function bodyLines(state: MonitorState, look: Look): readonly BodyLine[] {
  switch (state.overlay.kind) {
    case 'detail':
      return detailLines(state, look);
    case 'confirm':
      return confirmLines(state, look);
    default:
      return viewLines(state, look);
  }
}

export function isSamePicture(one: Picture, other: Picture): boolean {
  return (
    one.window.columns === other.window.columns &&
    one.window.rows === other.window.rows &&
    isSame(one.above, other.above) &&
    isSame(one.body, other.body) &&
    isSame(one.below, other.below) &&
    one.caret?.row === other.caret?.row &&
    one.caret?.column === other.caret?.column
  );
}

function isSame(one: readonly string[] | number, other: readonly string[] | number): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one === other;
  return one.length === other.length && one.every((row, index) => row === other[index]);
}
