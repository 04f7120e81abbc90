import type { Personal } from '../monitor/personal.ts';
import type { MonitorState } from '../monitor/state.ts';
import { bodyRows, dockColumns, isDocked, isTooSmall, listColumns, smallest } from '../presentation/layout.ts';
import { text } from '../presentation/line.ts';
import { measureAmbiguousAs } from '../presentation/text-width.ts';
import type { Theme } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { countsLine } from './counts.tsx';
import { detailLines, dockedLines } from './detail.ts';
import { dialogLines } from './dialogs.ts';
import { headerLine } from './header.tsx';
import { keyLine, typingLine } from './key-line.tsx';
import type { BodyLine } from './list.ts';
import { migrationLine } from './migration.tsx';
import { outputLines } from './output-lines.ts';
import { paintLine } from './paint.ts';
import { paletteLines } from './palette.ts';
import { resultsLines } from './results-lines.ts';
import { tabsLine } from './tabs.tsx';
import type { Caret } from './terminal/caret.ts';
import { toastLine } from './toast.tsx';
import { viewLines } from './views.ts';

/** The content of the window. All rows are painted, except those of the help. */
export interface Frame {
  readonly window: Window;
  /** Null if the window is too small for them: then only the notice is shown. */
  readonly rows: FrameRows | null;
  readonly notice: string;
  readonly body: Body;
  /** The place where text is typed: the terminal shows its cursor there, and input methods open next to it. */
  readonly caret: Caret | null;
}

/** The rows around the body, painted. */
export interface FrameRows {
  readonly header: string;
  readonly migration: string;
  readonly counts: string;
  readonly tabs: string;
  readonly toast: string;
  readonly keyLine: string;
}

/** The painted rows of the body; if the help is open, the index of its first visible command. */
export type Body =
  | { readonly kind: 'rows'; readonly rows: readonly string[] }
  | {
      readonly kind: 'help';
      readonly top: number;
      readonly here: readonly string[];
      readonly personal: Personal;
      readonly connectWith: string | null;
    };

const rowsAbove = 4;

/** One frame of the monitor: exactly as high as the window, and not wider. */
export function frameOf(state: MonitorState, theme: Theme): Frame {
  const { overlay, window } = state;
  const { columns } = window;
  measureAmbiguousAs(theme.ambiguousIsWide && !theme.isAscii ? 2 : 1);
  if (isTooSmall(window)) {
    const line = [text(`migtop needs ${smallest.columns}x${smallest.rows}; this is ${columns}x${window.rows}`, 'warn')];
    return {
      window,
      rows: null,
      notice: paintLine(line, columns, theme),
      body: { kind: 'rows', rows: [] },
      caret: null,
    };
  }
  const faded = state.connection.kind === 'lost';
  const typing = typingLine(state, theme);
  const lines = overlay.kind === 'help' ? null : bodyLines(state, theme);
  return {
    window,
    rows: {
      header: paintLine(headerLine(state, theme), columns, theme),
      migration: paintLine(migrationLine(state, theme), columns, theme, { faded }),
      counts: paintLine(countsLine(state, theme), columns, theme, { faded }),
      tabs: paintLine(tabsLine(state, theme), columns, theme, { faded }),
      toast: paintLine(toastLine(state, theme), columns, theme),
      keyLine: paintLine(typing?.line ?? keyLine(state), columns, theme),
    },
    notice: '',
    body:
      overlay.kind === 'help'
        ? {
            kind: 'help',
            top: overlay.top,
            here: overlay.here ?? [],
            personal: state.personal,
            connectWith: state.session?.connectWith ?? null,
          }
        : { kind: 'rows', rows: body(state, lines ?? [], theme, faded) },
    caret: typing === null ? caretIn(lines ?? [], rowsAbove) : { row: window.rows - 1, column: typing.caret },
  };
}

/** The painted rows of a frame from top to bottom, without those of the help. */
export function rowsOfFrame({ rows, notice, body }: Frame): readonly string[] {
  if (rows === null) return [notice];
  const { header, migration, counts, tabs, toast, keyLine } = rows;
  return [header, migration, counts, tabs, ...(body.kind === 'rows' ? body.rows : []), toast, keyLine];
}

function caretIn(lines: readonly BodyLine[], firstRow: number): Caret | null {
  const row = lines.findIndex(({ caret }) => caret !== undefined);
  const column = lines[row]?.caret;
  return column === undefined ? null : { row: firstRow + row, column };
}

function body(state: MonitorState, lines: readonly BodyLine[], theme: Theme, faded: boolean): readonly string[] {
  const { overlay, view, window } = state;
  const isList =
    overlay.kind === 'none' ||
    ((overlay.kind === 'copy' || overlay.kind === 'note' || overlay.kind === 'size') &&
      overlay.under.kind === 'none') ||
    overlay.kind === 'filter' ||
    (overlay.kind === 'accept' && overlay.under.kind === 'none') ||
    overlay.kind === 'since' ||
    overlay.kind === 'until' ||
    overlay.kind === 'unlock';
  const width = isList ? listColumns(view, window) : window.columns;
  const docked = isList && isDocked(view, window) ? dockedLines(state, theme) : [];
  return Array.from({ length: bodyRows(window) }, (_, row) => {
    const { line = [], selected = false } = lines[row] ?? {};
    const beside = docked[row];
    const painted = paintLine(line, width, theme, { selected, faded, filled: beside !== undefined });
    return beside === undefined ? painted : `${painted}  ${paintLine(beside, dockColumns - 2, theme, { faded })}`;
  });
}

function bodyLines(state: MonitorState, theme: Theme): readonly BodyLine[] {
  switch (state.overlay.kind) {
    case 'detail':
      return detailLines(state, theme);
    case 'copy':
    case 'note':
    case 'size':
      return bodyLines({ ...state, overlay: state.overlay.under }, theme);
    case 'confirm':
    case 'bulk':
    case 'undo':
      return dialogLines(state, theme);
    case 'results':
      return resultsLines(state, state.overlay, theme);
    case 'output':
      return outputLines(state.overlay, state.window, theme);
    case 'palette':
      return paletteLines(state, theme);
    default:
      return viewLines(state, theme);
  }
}

/** Whether two frames look the same on the terminal. */
export function isSameFrame(one: Frame, other: Frame): boolean {
  return (
    one.window.columns === other.window.columns &&
    one.window.rows === other.window.rows &&
    isSameBody(one.body, other.body) &&
    isSame(rowsOfFrame(one), rowsOfFrame(other)) &&
    one.caret?.row === other.caret?.row &&
    one.caret?.column === other.caret?.column
  );
}

function isSameBody(one: Body, other: Body): boolean {
  return one.kind === 'help' ? other.kind === 'help' && one.top === other.top : other.kind === 'rows';
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((row, index) => row === other[index]);
}
