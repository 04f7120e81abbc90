import type { Window } from '../presentation/window.ts';

/** The size of a terminal that does not report one. */
const usual: Window = { columns: 80, rows: 24 };
/** Maximum size: a frame of 65,535 x 65,535 cells would take all memory. */
const largest: Window = { columns: 2000, rows: 1000 };

/**
 * The size of the terminal. A serial line or `docker exec` may report 0 rows and 0 columns: then LINES and COLUMNS are used,
 * then 80x24.
 */
export function windowOfTerminal(
  terminal: { readonly columns?: number; readonly rows?: number },
  env: Readonly<Record<string, string | undefined>>,
): Window {
  return {
    columns: Math.min(largest.columns, terminal.columns || wholeNumber(env.COLUMNS) || usual.columns),
    rows: Math.min(largest.rows, terminal.rows || wholeNumber(env.LINES) || usual.rows),
  };
}

/** Maximum width of a line of a report: that of the terminal, else COLUMNS; a pipe and a file have no limit. */
export function reportColumns(
  output: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number },
  env: Readonly<Record<string, string | undefined>>,
): number {
  const isLimited = output.isTTY === true || wholeNumber(env.COLUMNS) > 0;
  return isLimited ? windowOfTerminal(output, env).columns : Number.POSITIVE_INFINITY;
}

/** The value of a whole number; 0 for any other text. */
function wholeNumber(text: string | undefined): number {
  return /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
}
