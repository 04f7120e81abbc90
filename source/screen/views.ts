import type { Observation } from '../domain/observation.ts';
import { rateHistory } from '../domain/throughput.ts';
import { count, duration, eta, percent, rate } from '../monitor/figures.ts';
import { listColumns, listRows, overviewRows } from '../monitor/layout.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { type ListRow, type OperationRow, rowsOf, sortNames, type TableRow } from '../monitor/views.ts';
import type { Column } from './columns.ts';
import { bar, lineWidth, sparkline, spread, text } from './line.ts';
import { type BodyLine, listLines, listTitle } from './list.ts';
import { type Line, type Look, statusTone } from './look.ts';
import { operationColumns } from './operation-columns.ts';

/** The lines of the view that is open, as wide as its list may be and no higher than the body. */
export function viewLines(state: MonitorState, look: Look): BodyLine[] {
  const observation = shown(state);
  if (observation === null) return [];
  const rows = rowsOf(state);
  switch (state.view) {
    case 'overview':
      return overviewLines(state, observation, rows.filter(isOperation), look);
    case 'workers':
      return workersLines(state, observation, rows.filter(isOperation), look);
    case 'failures':
      return failuresLines(state, observation, rows.filter(isOperation), look);
    case 'tables':
      return tablesLines(
        state,
        rows.filter((row): row is TableRow => row.kind === 'table'),
        look,
      );
    case 'operations':
      return operationsLines(state, observation, rows.filter(isOperation), look);
  }
}

function isOperation(row: ListRow): row is OperationRow {
  return row.kind === 'operation';
}

function overviewLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  look: Look,
): BodyLine[] {
  const width = listColumns(state.window);
  const heights = overviewRows(state.window);
  const cursor = state.cursors.overview;
  const live = rows.filter((row) => row.operation.status !== 'failed');
  const failed = rows.filter((row) => row.operation.status === 'failed');
  const columns = operationColumns(look, observation.snapshot.takenAt);
  const workers = listLines({
    rows: live,
    columns: [
      columns.status,
      columns.worker,
      columns.table,
      columns.operation,
      columns.progress,
      { ...columns.eta, from: 100 },
      { ...columns.elapsed, from: 110 },
      columns.rate,
      columns.moved,
    ],
    cursor,
    width,
    height: heights.workers - 1,
    look,
    empty: 'nothing is running',
  });
  return [
    ...phasesLines(observation, width, look),
    { line: workersTitle(observation, live.length, width, look) },
    ...padded(workers, heights.workers),
    { line: failuresTitle(observation) },
    ...listLines({
      rows: failed,
      columns: [
        columns.status,
        { ...columns.table, grow: 1, width: 18 },
        { ...columns.error, width: 24 },
        columns.ended,
      ],
      cursor: { ...cursor, top: 0 },
      width,
      height: heights.failures - 1,
      look,
      empty: 'none',
    }).slice(1),
  ];
}

function padded(lines: readonly BodyLine[], height: number): BodyLine[] {
  return [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, (): BodyLine => ({ line: [] }))];
}

/** The six phases: how many operations are done, what is open or failed, and how long it took. */
function phasesLines(observation: Observation, width: number, look: Look): BodyLine[] {
  const { takenAt } = observation.snapshot;
  const barWidth = Math.max(10, Math.min(40, width - 62));
  const phases = observation.phases.map((phase): BodyLine => {
    const current = phase.phase === observation.migration.currentPhase;
    const finished = phase.statuses.completed + phase.statuses.skipped;
    if (phase.operations === 0) {
      return { line: [text(`   ${phase.phase.padEnd(11)} `, 'dim'), text(look.glyphs.dash, 'dim')] };
    }
    const seconds = phase.startedAt === null ? null : Math.max(0, (phase.completedAt ?? takenAt) - phase.startedAt);
    const notes = (['failed', 'running', 'paused', 'pending'] as const)
      .filter((status) => phase.statuses[status] > 0)
      .flatMap((status): Line => [text(`${count(phase.statuses[status], 6)} ${status}  `, statusTone[status])]);
    const left: Line = [
      text(current ? ` ${look.glyphs.cursor} ` : '   ', 'accent'),
      text(`${phase.phase.padEnd(11)} `, current ? 'strong' : 'plain'),
      ...bar(finished / phase.operations, barWidth, look, finished === phase.operations ? 'good' : 'live'),
      text(`${count(finished, 7)}/${count(phase.operations, 7)}`.padStart(14)),
      text('  '),
      ...(notes.length > 0 ? notes : [text('done', 'good')]),
    ];
    return { line: spread(left, [text(`${duration(seconds)} `, 'dim')], width, look) };
  });
  return [{ line: [text(' PHASES', 'strong')] }, ...phases];
}

function workersTitle(observation: Observation, live: number, width: number, look: Look): Line {
  const { running, paused } = observation.migration.statuses;
  const left: Line = [
    text(' RUNNING', 'strong'),
    text(running + paused > live ? `  ${live} of ${count(running + paused)} shown` : '', 'dim'),
  ];
  const cells = Math.max(12, Math.min(60, Math.floor(width / 2) - 20));
  const rates = rateHistory(observation.throughput.migration, observation.snapshot.takenAt, 3600, cells);
  const peak = Math.max(0, ...rates.map((one) => one ?? 0));
  const right: Line = [text('rec/s ', 'dim'), sparkline(rates, look), text(` 60m, peak ${rate(peak, 7)} `, 'dim')];
  return lineWidth(left) + lineWidth(right) < width ? spread(left, right, width, look) : left;
}

function failuresTitle(observation: Observation): Line {
  const { failed } = observation.migration.statuses;
  return [text(' FAILURES', 'strong'), text(failed === 0 ? '' : `  newest of ${count(failed)}`, 'dim')];
}

function workersLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  look: Look,
): BodyLine[] {
  const columns = operationColumns(look, observation.snapshot.takenAt);
  const height = listRows('workers', state.window);
  return [
    listTitle('WORKERS', rows.length, state.cursors.workers, height, sortNote(state)),
    ...listLines({
      rows,
      columns: [
        columns.status,
        columns.worker,
        columns.table,
        columns.operation,
        { ...columns.batch, from: 90 },
        { ...columns.records, from: 100 },
        columns.progress,
        { ...columns.eta, from: 90 },
        { ...columns.elapsed, from: 100 },
        columns.rate,
        columns.moved,
        { ...columns.flag, from: 110 },
      ],
      cursor: state.cursors.workers,
      width: listColumns(state.window),
      height,
      look,
      empty:
        state.filter === '' ? 'nothing is running or paused' : 'nothing that is running or paused passes the filter',
    }),
  ];
}

function failuresLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  look: Look,
): BodyLine[] {
  const columns = operationColumns(look, observation.snapshot.takenAt);
  const height = listRows('failures', state.window);
  const { failed } = observation.migration.statuses;
  const more =
    failed > observation.snapshot.failures.length
      ? `the newest ${observation.snapshot.failures.length} of ${count(failed)}`
      : '';
  return [
    listTitle(
      'FAILURES',
      rows.length,
      state.cursors.failures,
      height,
      [more, sortNote(state)].filter(Boolean).join('  '),
    ),
    ...listLines({
      rows,
      columns: [
        columns.status,
        { ...columns.id, width: 6 },
        { ...columns.phase, from: 110 },
        { ...columns.table, width: 16, grow: 2 },
        { ...columns.operation, width: 16, grow: 1, from: 110 },
        columns.error,
        { ...columns.records, from: 90 },
        columns.worker,
        columns.ended,
      ],
      cursor: state.cursors.failures,
      width: listColumns(state.window),
      height,
      look,
      empty: state.filter === '' ? 'nothing has failed' : 'no failure passes the filter',
    }),
  ];
}

function operationsLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  look: Look,
): BodyLine[] {
  const columns = operationColumns(look, observation.snapshot.takenAt);
  const { page } = state;
  const height = listRows('operations', state.window);
  const edges =
    page === null
      ? 'reading'
      : `${page.atNewest ? 'from the newest' : 'newer above'}${page.atOldest ? ', to the oldest' : ', older below'}`;
  return [
    { line: [text(' OPERATIONS', 'strong'), text(`  ${edges}`, 'dim')] },
    ...listLines({
      rows,
      columns: [
        columns.id,
        columns.phase,
        columns.table,
        columns.operation,
        columns.statusName,
        columns.records,
        { ...columns.total, from: 100 },
        { ...columns.batch, from: 110 },
        columns.worker,
        { ...columns.started, from: 90 },
        { ...columns.elapsed, from: 90 },
        { ...columns.error, from: 120 },
      ],
      cursor: state.cursors.operations,
      width: listColumns(state.window),
      height,
      look,
      empty:
        page === null
          ? 'reading …'
          : state.filter === ''
            ? 'the table has no operations yet'
            : 'no operation passes the filter',
    }),
  ];
}

function tablesLines(state: MonitorState, rows: readonly TableRow[], look: Look): BodyLine[] {
  const { dash } = look.glyphs;
  const height = listRows('tables', state.window);
  const columns: readonly Column<TableRow>[] = [
    { title: 'TABLE', width: 14, grow: 2, cell: ({ table }) => table.tableName },
    { title: 'OPERATIONS', width: 12, grow: 1, cell: (row, width) => stackedBar(row, Math.min(width, 30), look) },
    { title: 'DONE', width: 6, align: 'right', cell: ({ table }) => percent(table.percent) },
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
    { title: 'COUNTS', width: 10, from: 120, cell: ({ table }) => table.counting },
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
    listTitle('TABLES', rows.length, state.cursors.tables, height, sortNote(state)),
    ...listLines({
      rows,
      columns,
      cursor: state.cursors.tables,
      width: listColumns(state.window),
      height,
      look,
      empty: state.filter === '' ? 'no table is in the execution phase yet' : 'no table passes the filter',
    }),
  ];
}

/** What the operations of a table are doing, side by side: each status that has any has at least one cell. */
function stackedBar({ table }: TableRow, width: number, look: Look): Line {
  const order = ['completed', 'skipped', 'running', 'paused', 'failed', 'pending'] as const;
  const present = order.filter((status) => table.statuses[status] > 0);
  const cells = new Map(
    present.map((status) => [status, Math.max(1, Math.floor((table.statuses[status] / table.operations) * width))]),
  );
  const [largest] = present.toSorted((a, b) => table.statuses[b] - table.statuses[a]);
  if (largest === undefined) return [];
  const used = [...cells.values()].reduce((sum, one) => sum + one, 0);
  cells.set(largest, Math.max(1, (cells.get(largest) ?? 0) + width - used));
  return present.map((status) => text(look.glyphs.stack[status].repeat(cells.get(status) ?? 0), statusTone[status]));
}

function sortNote(state: MonitorState): string {
  const sort = state.sorts[state.view];
  const names = sortNames(state.view);
  if (sort === undefined) return '';
  return sort.by === names[0] && !sort.reverse ? '' : `by ${sort.by}${sort.reverse ? ', reversed' : ''}`;
}
