import { outcomeText } from '../domain/progress.ts';
import type { TableSummary } from '../domain/summary.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import type { Column } from '../presentation/columns.ts';
import { count, duration, eta, percent, rate, unclearText } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import { text } from '../presentation/line.ts';
import type { TableRow } from '../presentation/rows.ts';
import { type Line, statusTone, type Theme } from '../presentation/theme.ts';
import { countingNote } from './counting.ts';
import { type BodyLine, listLines, listTitle, sortNote } from './list.ts';

/** The Tables view: the execution of each table. */
export function tablesLines(state: MonitorState, rows: readonly TableRow[], theme: Theme): BodyLine[] {
  const { dash } = theme.glyphs;
  const height = listRows('tables', state.window);
  const observation = shown(state);
  const note = observation === null ? '' : countingNote(observation.snapshot);
  const columns: readonly Column<TableRow>[] = [
    { title: 'TABLE', width: 14, grow: 2, cell: ({ table }) => table.tableName },
    { title: 'OPERATIONS', width: 12, grow: 1, cell: (row, width) => stackedBar(row, Math.min(width, 30), theme) },
    { title: 'DONE', width: 6, align: 'right', cell: ({ table }) => percentText(table) },
    { title: 'RECORDS', width: 9, align: 'right', cell: ({ table }, width) => count(table.recordsProcessed, width) },
    {
      title: 'TOTAL',
      width: 9,
      align: 'right',
      from: 70,
      cell: ({ table }, width) => (table.totalRecords === null ? dash : count(table.totalRecords, width)),
    },
    {
      title: 'REC/S',
      width: 6,
      align: 'right',
      cell: (row, width) => rate(row.recordsPerSecond, width).replace('–', dash),
    },
    {
      title: 'AVERAGE',
      width: 7,
      align: 'right',
      from: 110,
      cell: ({ table }, width) => rate(table.recordsPerSecond, width).replace('–', dash),
    },
    { title: 'ETA', width: 7, align: 'right', from: 95, cell: (row) => eta(row.eta).replace('–', dash) || dash },
    {
      title: 'BATCH',
      width: 7,
      align: 'right',
      from: 110,
      cell: ({ table }) => (table.averageBatchSeconds === null ? dash : duration(table.averageBatchSeconds)),
    },
    {
      title: 'COUNTS',
      width: 10,
      from: 120,
      cell: ({ table }) => ({ text: table.counting, tone: table.counting === 'unclear' ? 'warn' : 'plain' }),
    },
    { title: 'OUTCOME', width: 34, from: 170, cell: ({ table }) => outcomeOf(table) },
    {
      title: 'FAIL',
      width: 5,
      align: 'right',
      cell: ({ table }, width) => ({
        text: count(table.statuses.failed, width),
        tone: table.statuses.failed > 0 ? 'bad' : 'dim',
      }),
    },
  ];
  return [
    listTitle(
      'TABLES',
      rows.length,
      state.cursors.tables,
      height,
      [sortNote(state), note, noteOn(rows, state.cursors.tables.key)].filter(Boolean).join('  '),
    ),
    ...listLines({
      rows,
      columns,
      cursor: state.cursors.tables,
      width: listColumns(state.view, state.window),
      height,
      look: theme,
      empty: state.filter === '' ? 'no table is in the execution phase yet' : 'no table passes the filter',
    }),
  ];
}

/** Of a table whose rows do not tell how they count, the lower figure with a `?`. */
function percentText({ percent: value, counting }: TableSummary): string {
  return counting === 'unclear' && value !== null ? `${percent(value).replace(/\.\d/, '')}?` : percent(value);
}

function outcomeOf({ outcome, statuses }: TableSummary): string {
  const skipped = statuses.skipped > 0 ? `${count(statuses.skipped)} skipped` : '';
  return [outcome === null ? '' : outcomeText(outcome), skipped].filter(Boolean).join(', ');
}

/** Of the table under the cursor what its figures do not say; of another one that its counting is unclear. */
function noteOn(rows: readonly TableRow[], key: string | null): string {
  const under = rows.find((row) => row.key === key)?.table;
  const unclear = under?.counting === 'unclear' ? under : rows.find(({ table }) => table.counting === 'unclear')?.table;
  if (unclear !== undefined) return `${unclear.tableName}: ${unclearText(unclear.tableName, unclear.reasons)}`;
  return under === undefined || under.outcome === null || under.outcome.kind === 'completed'
    ? ''
    : `${under.tableName}: ${outcomeOf(under)}`;
}

/** What the operations of a table are doing, side by side: each status that has any has at least one cell. */
function stackedBar({ table }: TableRow, width: number, theme: Theme): Line {
  const order = ['completed', 'skipped', 'running', 'paused', 'failed', 'pending'] as const;
  const present = order.filter((status) => table.statuses[status] > 0);
  const cells = new Map(
    present.map((status) => [status, Math.max(1, Math.floor((table.statuses[status] / table.operations) * width))]),
  );
  const [largest] = present.toSorted((a, b) => table.statuses[b] - table.statuses[a]);
  if (largest === undefined) return [];
  const used = [...cells.values()].reduce((sum, one) => sum + one, 0);
  cells.set(largest, Math.max(1, (cells.get(largest) ?? 0) + width - used));
  return present.map((status) => text(theme.glyphs.stack[status].repeat(cells.get(status) ?? 0), statusTone[status]));
}
