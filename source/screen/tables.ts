import { cleanLine } from '../domain/clean-text.ts';
import { titleWithTables } from '../domain/doctor/problems.ts';
import type { Observation } from '../domain/observation.ts';
import type { TableSummary } from '../domain/summary.ts';
import { endedShort, tableOutcome } from '../domain/table-outcome.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { columnsWithStalls } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { count, unclearText } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { beyondTexts, moreText, recordsAbove } from '../presentation/more-records.ts';
import { retriedInBrackets } from '../presentation/retried-text.ts';
import type { TableRow } from '../presentation/rows.ts';
import { doneText, shownOutcome } from '../presentation/table-columns.ts';
import { wrap } from '../presentation/text-width.ts';
import { countingNote } from './counting.ts';
import {
  type BodyLine,
  emptyText,
  noted,
  noteIndent,
  outsideNote,
  padded,
  rateNote,
  sortNote,
  steadyOf,
  unappliedNote,
} from './list.ts';
import { deadlineNote, etaNote } from './migration.tsx';
import { viewList } from './view-list.ts';

/** The Tables view: the execution phase of each table. */
export function tablesLines(state: MonitorState, rows: readonly TableRow[], context: CellContext): BodyLine[] {
  const width = listColumns(state.view, state.window);
  const under = state.window.rows < textFrom ? [] : unclearLines(rows, state.cursors.tables.key, context, width);
  const height = listRows('tables', state.window) - under.length;
  const observation = shown(state);
  const note = observation === null ? '' : countingNote(observation.snapshot);
  const list = viewList(state, context, {
    rows,
    columns: columnsWithStalls(state.personal.columns, rows, steadyOf(state)),
    empty: emptyText(state, 'no table is in the execution phase yet'),
  });
  const notes = [
    unappliedNote(state),
    outsideNote(state),
    sortNote(state),
    rateNote(state),
    deadlineNote(state, context.theme),
    list.common,
    partNote(rows),
    note,
    moreNote(rows, state.cursors.tables.key),
    missingNote(rows, state.cursors.tables.key),
    retriesNote(rows, state.cursors.tables.key),
    etaNote(state, context.theme, width - noteIndent.length),
    noteOn(rows, state.cursors.tables.key, under.length > 0),
    observation === null ? '' : beyondNote(observation),
    markNote(rows, state.cursors.tables.key),
  ];
  const title = (visible: number): BodyLine => list.title('TABLES', visible);
  const lines = noted(title, notes, list.lines, { height: height + 1, width, theme: context.theme });
  return [...padded(lines, under.length === 0 ? 0 : height + 2), ...under];
}

/** The figures that tables which `--since` shows only in part do not have. */
function partNote(rows: readonly TableRow[]): string {
  const isPart = rows.some(({ table }) => table.wholeTotal !== null);
  return isPart ? 'without earlier operations: no DONE, VALID only by those shown' : '';
}

/** The lowest window with lines below the list, and how many it has at most. */
const textFrom = 20;
const textRows = 6;

/** Why the counting of a table is unclear, in full: the title of the list has no room for it. */
function unclearLines(rows: readonly TableRow[], key: string | null, context: CellContext, width: number): BodyLine[] {
  const table = unclearOf(rows, key);
  if (table === undefined) return [];
  const indent = '   ';
  const lines = wrap(cleanLine(unclearNote(table)), width - indent.length);
  const shown = lines.slice(0, textRows - 1);
  if (lines.length > shown.length) shown.push(`${shown.pop()} ${context.theme.glyphs.ellipsis}`);
  return ['', ...shown].map((line) => ({ line: cutLine([text(`${indent}${line}`)], width, context.theme) }));
}

/** The table under the cursor if its counting is unclear, else the first one whose counting is. */
function unclearOf(rows: readonly TableRow[], key: string | null): TableSummary | undefined {
  const unclear = rows.filter(({ table }) => table.counting === 'unclear');
  return (unclear.find((one) => one.key === key) ?? unclear[0])?.table;
}

const unclearNote = ({ tableName, reasons }: TableSummary): string =>
  `${tableName}: ${unclearText(tableName, reasons)}`;

/**
 * A problem or the outcome of the table under the cursor; where no lines for it are below the list, why the counting of a
 * table is unclear.
 */
function noteOn(rows: readonly TableRow[], key: string | null, isBelow: boolean): string {
  const row = rows.find((one) => one.key === key);
  const under = row?.table;
  // An unclear counting has a longer explanation below.
  const finding = row?.findings.find(({ check }) => check !== 'counting');
  if (finding !== undefined) return titleWithTables(finding);
  const unclear = isBelow ? undefined : unclearOf(rows, key);
  if (unclear !== undefined) return unclearNote(unclear);
  if (row === undefined || under === undefined) return '';
  const outcome = tableOutcome(under, row.unresolved);
  if (outcome === null || outcome.kind === 'completed' || endedShort(under, row.unresolved)) return '';
  return `${under.tableName}: ${shownOutcome(row)}`;
}

/** The meaning of the mark in `94.3%!` of the table under the cursor: `cases 94.3%!: completed, 5.7% fewer than expected`. */
function missingNote(rows: readonly TableRow[], key: string | null): string {
  const row = rows.find((one) => one.key === key);
  if (row === undefined || !endedShort(row.table, row.unresolved)) return '';
  return `${row.table.tableName} ${doneText(row.table, row.unresolved)}: ${shownOutcome(row)}`;
}

/** How many failures of the table under the cursor are retried now: `cases: 2 unresolved (1 retrying)`. */
function retriesNote(rows: readonly TableRow[], key: string | null): string {
  const row = rows.find((one) => one.key === key);
  const retried = row === undefined ? '' : retriedInBrackets(row.retries, row.failures);
  return retried === '' ? '' : `${row?.table.tableName}: ${count(row?.failures ?? null)} unresolved${retried}`;
}

/** The meaning of the mark in `94.3%!`, if the list has it and the cursor is on another table. */
function markNote(rows: readonly TableRow[], key: string | null): string {
  const marked = rows.find((row) => endedShort(row.table, row.unresolved));
  if (marked === undefined || missingNote(rows, key) !== '') return '';
  return `${doneText(marked.table, marked.unresolved)}: ended, but records are missing`;
}

/** Why the table under the cursor has more than 100 %, whatever else is noted of it. */
function moreNote(rows: readonly TableRow[], key: string | null): string {
  const row = rows.find((one) => one.key === key);
  if (row === undefined || tableOutcome(row.table, row.unresolved) !== null || recordsAbove(row.table) === 0) return '';
  return `${row.table.tableName}: ${moreText(row.table)}`;
}

/** Records that line 2 leaves out, so that the rows add up to its figure: those beyond a table's total, or of a table without one. */
function beyondNote({ migration }: Observation): string {
  const texts = migration.currentPhase === 'execution' ? beyondTexts(migration, undefined, ' records') : [];
  return texts.length === 0 ? '' : `${texts.join(', ')}: not in the percentage of line 2`;
}
