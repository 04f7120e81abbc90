import { openIn } from '../domain/progress.ts';
import type { TableSummary } from '../domain/summary.ts';
import { endedShort, tableOutcome } from '../domain/table-outcome.ts';
import type { Validation } from '../domain/validation.ts';
import { type Cell, type Column, dash, etaHelp, recordsPerSecondHelp } from './columns.ts';
import { endCell, wideEndColumns, wideEndsFrom } from './ends.ts';
import { count, duration, rate } from './figures.ts';
import { text } from './line.ts';
import { percentText, recordsAbove, shownPercent } from './more-records.ts';
import { outcomeText, outcomeWords } from './outcome-words.ts';
import type { TableRow } from './rows.ts';
import { columnKey, type SteadyColumns } from './steady-columns.ts';
import { truncateName } from './text-width.ts';
import { type Line, statusTone, type Theme, type Tone } from './theme.ts';

/**
 * The place of a table in the order of trouble: stalls, failures, possible stalls, ended with records missing; then the tables with paused
 * operations, those at work, those that wait, and those that have ended. A failure waits for the operator; a stall holds up what is open. Of tables with failures, those at
 * work or waiting are first; of the others, those with an incomplete validation or an unclear counting are first in their group.
 */
export function tableTrouble(row: TableRow): number {
  const { table, failures, stalled, isStalled, hasPausedStall = false, validation } = row;
  const { statuses, counting } = table;
  const isEnded = openIn(statuses) === 0;
  // A pause does not end a stall, and does not move its table.
  if (isStalled || hasPausedStall) return Number.MIN_SAFE_INTEGER;
  // A failed validation is as much trouble as a failed batch.
  const all = Math.max(failures, validation === 'failed' ? 1 : 0);
  if (all > 0) return -all - (isEnded ? 0 : moreThanFailures);
  if (stalled > 0) return 1;
  if (endedShort(table, row.unresolved)) return 2;
  const isNoted = validation === 'partial' || validation === 'early' || counting === 'unclear';
  const group = isEnded ? 9 : statuses.paused > 0 ? 3 : statuses.running > 0 ? 5 : 7;
  return isNoted ? group : group + 1;
}

/** No table has so many failures. */
const moreThanFailures = 1e12;

const validations: readonly Validation[] = ['failed', 'partial', 'early', 'open', 'none', 'valid'];

/** From this width of the list on, names have more room than the least. */
const longNamesFrom = 106;

/** A wider bar shows no more. */
const widestBar = 60;

const tableName: Column<TableRow> = {
  title: 'TABLE',
  width: 14,
  grow: 4,
  isName: true,
  cell: ({ table }) => table.tableName,
  sort: { name: 'table', value: ({ table }) => table.tableName },
};

const doneAt: Column<TableRow> = {
  title: 'DONE AT',
  width: 11,
  align: 'right',
  whole: true,
  cell: ({ eta }, width, { takenAt, zone }) => endCell(eta, takenAt, zone, width) || dash,
  help: etaHelp,
  sort: { name: 'done at', value: ({ eta: range }) => range?.highSeconds ?? null, first: 'highest' },
};

/** From this width of the list on, it has room for the number of problems, from the first frame on: no other column moves for it. */
const checkFrom = 150;

/** In a narrower list, a mark beside the name is enough. */
const markedName: Column<TableRow> = {
  ...tableName,
  help: 'cases !: migtop doctor finds problems of the table',
  until: longNamesFrom,
  cell: ({ table, findings }, width, { theme }) =>
    findings.length === 0 ? table.tableName : `${truncateName(table.tableName, width - 2, theme.glyphs.ellipsis)} !`,
  measured: ({ table }) => `${table.tableName} !`,
};

function worstTone({ findings }: TableRow): Tone {
  return findings.some(({ severity }) => severity === 'error') ? 'bad' : 'warn';
}

/** The problems of a table: blank until they are known. */
export const findingsColumn: Column<TableRow> = {
  title: 'CHECK',
  help: '1!: one problem that migtop doctor finds',
  width: 5,
  align: 'right',
  cell: (row) => ({ text: row.findings.length === 0 ? '' : `${row.findings.length}!`, tone: worstTone(row) }),
};

/** The columns of the Tables view, from left to right. */
export const tablesColumns: readonly Column<TableRow>[] = [
  { ...tableName, width: 20, from: checkFrom },
  markedName,
  { ...markedName, width: 20, from: longNamesFrom, until: checkFrom },
  {
    title: 'STATUSES',
    help: 'its operations by status, as wide as their share',
    width: 8,
    grow: 1,
    most: widestBar,
    isFilling: true,
    cell: (row, width, { theme }) => stackedBar(row, Math.min(width, widestBar), theme),
    sort: { name: 'operations', value: ({ table }) => table.operations, first: 'highest' },
  },
  {
    title: 'DONE',
    width: 6,
    align: 'right',
    cell: ({ table, unresolved }) => ({
      text: doneText(table, unresolved),
      tone: recordsAbove(table) > 0 || endedShort(table, unresolved) ? 'warn' : 'plain',
    }),
    help: 'share done; 94.3%!: ended, some missing; 99.9%+: more than expected',
    sort: { name: 'percent', value: ({ table }) => shownPercent(table) },
  },
  {
    title: 'RECORDS',
    width: 9,
    align: 'right',
    from: 86,
    cell: ({ table }, width) => ({
      text: count(table.recordsProcessed, width),
      tone: recordsAbove(table) > 0 ? 'warn' : 'plain',
    }),
    sort: { name: 'records', value: ({ table }) => table.recordsProcessed, first: 'highest' },
  },
  {
    title: 'TOTAL',
    width: 9,
    align: 'right',
    from: 90,
    cell: ({ table }, width) => (table.totalRecords === null ? dash : count(table.totalRecords, width)),
    sort: { name: 'total', value: ({ table }) => table.totalRecords, first: 'highest' },
  },
  {
    title: 'REC/S',
    width: 6,
    align: 'right',
    cell: (row, width) => rate(row.recordsPerSecond, width),
    help: recordsPerSecondHelp,
    sort: { name: 'rec/s', value: ({ recordsPerSecond }) => recordsPerSecond },
  },
  {
    title: 'AVERAGE',
    help: 'records per second of completed batches',
    width: 7,
    align: 'right',
    from: 110,
    cell: ({ table }, width) => rate(table.recordsPerSecond, width),
    sort: { name: 'average', value: ({ table }) => table.recordsPerSecond },
  },
  { ...doneAt, from: 70, until: wideEndsFrom },
  { ...doneAt, width: wideEndColumns, grow: 0, from: wideEndsFrom },
  {
    title: 'BATCH TIME',
    help: 'average of completed batches',
    width: 10,
    align: 'right',
    from: 112,
    cell: ({ table }) => (table.averageBatchSeconds === null ? dash : duration(table.averageBatchSeconds)),
    sort: { name: 'batch time', value: ({ table }) => table.averageBatchSeconds, first: 'highest' },
  },
  {
    title: 'COUNTS',
    help: 'how the records of rows add up (docs/figures.md)',
    width: 10,
    from: 120,
    common: 'records counted',
    cell: ({ table }) => ({ text: table.counting, tone: table.counting === 'unclear' ? 'warn' : 'plain' }),
    sort: { name: 'counts', value: ({ table }) => table.counting },
  },
  {
    title: 'OUTCOME',
    common: 'outcome',
    help: 'how it ended, or how many more than expected',
    width: 20,
    grow: 3,
    from: 170,
    cell: shownOutcome,
    sort: { name: 'outcome', value: ({ table, unresolved }) => tableOutcome(table, unresolved)?.kind ?? null },
  },
  {
    title: 'VALID',
    width: 5,
    align: 'right',
    from: 64,
    cell: ({ validation }, _width, { theme }) => validationCell(validation, theme),
    help: 'validation: passed, failed, open, none; part: it checked too few records',
    sort: { name: 'validation', value: ({ validation }) => validations.indexOf(validation) },
  },
  { ...findingsColumn, from: checkFrom },
  {
    title: 'FAIL',
    help: 'unresolved, in all phases',
    width: 5,
    align: 'right',
    cell: ({ failures }, width) => ({ text: count(failures, width), tone: failures > 0 ? 'bad' : 'dim' }),
    sort: { name: 'failed', value: ({ failures }) => failures, first: 'highest' },
  },
];

/** Shown if a table has a stalled operation. */
export const stalledColumn: Column<TableRow> = {
  title: 'STALL',
  help: 'stalled operations; 2?: all are perhaps stalled',
  width: 5,
  align: 'right',
  from: 64,
  cell: ({ stalled, isStalled }, width) => {
    if (stalled === 0) return { text: '0', tone: 'dim' };
    return isStalled
      ? { text: count(stalled, width), tone: 'bad' }
      : { text: `${count(stalled, width - 1)}?`, tone: 'warn' };
  },
  sort: { name: 'stalled', value: ({ stalled }) => stalled, first: 'highest' },
};

/** The usual columns with the stalls of tables after VALID, if one has any or had one since the view was opened. */
export function withStalls(
  columns: readonly Column<TableRow>[],
  rows: readonly TableRow[],
  { differing }: SteadyColumns,
): readonly Column<TableRow>[] {
  const hasStalls = rows.some(({ stalled }) => stalled > 0) || differing.has(columnKey(stalledColumn));
  return hasStalls ? [...columns.slice(0, -2), stalledColumn, ...columns.slice(-2)] : columns;
}

function validationCell(validation: Validation, { glyphs }: Theme): Cell {
  switch (validation) {
    case 'valid':
      return { text: glyphs.good, tone: 'good' };
    case 'early':
      return { text: `${glyphs.good}!`, tone: 'warn' };
    case 'failed':
      return { text: glyphs.status.failed, tone: 'bad' };
    case 'partial':
      return { text: 'part', tone: 'warn' };
    case 'open':
      return { text: glyphs.ellipsis, tone: 'plain' };
    case 'none':
      return { text: glyphs.dash, tone: 'dim' };
  }
}

/**
 * The share that is done; the column has no room for the decimal of an unclear one. `!`: ended, and records are missing. `+`: below 100 %,
 * but with more records than expected.
 */
export function doneText(table: TableSummary, unresolved: number | null): string {
  const share = percentText(table).replace(/\.\d%\?$/, '%?');
  if (endedShort(table, unresolved)) return `${share}!`;
  return (shownPercent(table) ?? 100) < 100 && recordsAbove(table) > 0 ? `${share}+` : share;
}

/** How a table ended, if it has. */
export function shownOutcome({ table, unresolved }: Pick<TableRow, 'table' | 'unresolved'>): string {
  return outcomeWords({ ...table, outcome: outcomeText(table, unresolved) });
}

/** The operations of a table by status, as one bar. Each status that occurs has at least one cell. */
function stackedBar({ table, unresolved }: TableRow, width: number, theme: Theme): Line {
  const order = ['completed', 'skipped', 'running', 'paused', 'failed', 'pending'] as const;
  // Failures that were resolved or accepted are done: red means unresolved.
  const failed = unresolved ?? table.statuses.failed;
  const done = table.statuses.completed + table.statuses.failed - failed;
  const statuses = { ...table.statuses, completed: done, failed };
  const present = order.filter((status) => statuses[status] > 0);
  const cells = new Map(
    present.map((status) => [status, Math.max(1, Math.floor((statuses[status] / table.operations) * width))]),
  );
  const [largest] = present.toSorted((a, b) => statuses[b] - statuses[a]);
  if (largest === undefined) return [];
  const used = [...cells.values()].reduce((sum, one) => sum + one, 0);
  cells.set(largest, Math.max(1, (cells.get(largest) ?? 0) + width - used));
  return present.map((status) => text(theme.glyphs.stack[status].repeat(cells.get(status) ?? 0), statusTone[status]));
}
