import { endedAt, isPausedUnbegun, phases, secondsSince, statuses } from '../domain/operation.ts';
import { type CellContext, type Column, dash, etaHelp, recordsPerSecondHelp } from './columns.ts';
import { endCell, wideEndColumns, wideEndsFrom } from './ends.ts';
import { errorCell } from './error-cell.ts';
import { count, duration, percent, rate, unknown } from './figures.ts';
import { bar, text } from './line.ts';
import type { OperationRow } from './rows.ts';
import { blockerText, progressAgo, unblockedText } from './standing-text.ts';
import { type Segment, statusGlyph, statusTone } from './theme.ts';

type OperationColumn = Column<OperationRow>;

/** The columns of operations. Each list below names those that it shows, from left to right. */
const columns = {
  status: {
    title: ' ',
    width: 1,
    cell: (row, _width, { theme }) => [statusGlyph(row.operation.status, theme, isSettled(row))],
    sort: { name: 'status', value: ({ operation }) => statuses.indexOf(operation.status) },
  },
  statusName: {
    title: 'STATUS',
    // As wide as OVERWRITTEN: whatever defies an action or stands still says so here too.
    width: 13,
    cell: (row, _width, { theme }) => [statusGlyph(row.operation.status, theme, isSettled(row)), statusWord(row)],
    sort: { name: 'status', value: ({ operation }) => statuses.indexOf(operation.status) },
  },
  id: {
    title: 'ID',
    width: 8,
    align: 'right',
    whole: true,
    cell: ({ operation }) => String(operation.id),
    sort: { name: 'id', value: ({ operation }) => operation.id, first: 'highest' },
  },
  worker: {
    title: 'W',
    width: 3,
    align: 'right',
    whole: true,
    cell: ({ operation }) => (operation.workerId === null ? dash : String(operation.workerId)),
    help: 'worker (worker_id)',
    sort: { name: 'worker', value: ({ operation }) => operation.workerId },
  },
  phase: {
    title: 'PHASE',
    common: 'phase',
    width: 10,
    cell: ({ operation }) => operation.phase,
    sort: { name: 'phase', value: ({ operation }) => phases.indexOf(operation.phase) },
  },
  table: {
    title: 'TABLE',
    width: 16,
    grow: 4,
    isName: true,
    cell: ({ operation }) => operation.tableName,
    sort: { name: 'table', value: ({ operation }) => operation.tableName },
  },
  operation: {
    title: 'OPERATION',
    common: 'operation',
    width: 13,
    grow: 1,
    most: 18,
    isName: true,
    cell: ({ operation }) => operation.operation,
    sort: { name: 'operation', value: ({ operation }) => operation.operation },
  },
  progress: {
    title: 'PROGRESS',
    shortTitle: 'DONE',
    width: 9,
    least: 5,
    grow: 1,
    most: 15,
    isFilling: true,
    cell: (row, width, { theme }) =>
      row.share === null
        ? { text: isPausedUnbegun(row.operation) ? dash : unknown, tone: 'dim' }
        : [
            ...(width < 8
              ? []
              : bar(
                  row.share,
                  Math.min(10, width - 5),
                  theme,
                  row.flag !== null ? 'warn' : statusTone[row.operation.status],
                )),
            text(
              percent(row.share * 100)
                .replace(/\.\d%$/, '%')
                .padStart(5),
            ),
          ],
    sort: { name: 'progress', value: ({ share }) => share },
  },
  records: {
    title: 'RECORDS',
    width: 9,
    align: 'right',
    cell: ({ operation }, width) =>
      operation.recordsProcessed === null ? unknown : count(operation.recordsProcessed, width),
    sort: { name: 'records', value: ({ operation }) => operation.recordsProcessed, first: 'highest' },
  },
  total: {
    title: 'TOTAL',
    common: 'total',
    width: 10,
    align: 'right',
    cell: ({ operation }, width) => figure(operation.totalRecords, width),
    sort: { name: 'total', value: ({ operation }) => operation.totalRecords, first: 'highest' },
  },
  batch: {
    title: 'BATCH',
    common: 'batch',
    help: 'records of a batch (batch_size)',
    width: 7,
    align: 'right',
    cell: ({ operation }, width) => figure(operation.batchSize, width),
    sort: { name: 'batch', value: ({ operation }) => operation.batchSize, first: 'highest' },
  },
  rate: {
    title: 'REC/S',
    width: 7,
    align: 'right',
    cell: (row, width) => rate(row.recordsPerSecond, width),
    help: recordsPerSecondHelp,
    sort: { name: 'rec/s', value: ({ recordsPerSecond }) => recordsPerSecond },
  },
  eta: {
    title: 'DONE AT',
    width: 11,
    align: 'right',
    whole: true,
    cell: (row, width, { takenAt, zone }) => endCell(row.eta, takenAt, zone, width) || dash,
    help: etaHelp,
    sort: { name: 'done at', value: ({ eta: range }) => range?.highSeconds ?? null, first: 'highest' },
  },
  elapsed: {
    title: 'ELAPSED',
    width: 8,
    align: 'right',
    cell: (row) => (row.operation.startedAt === null ? dash : duration(row.elapsedSeconds)),
    sort: { name: 'elapsed', value: ({ elapsedSeconds }) => elapsedSeconds, first: 'highest' },
  },
  lastProgress: {
    title: 'LAST PROGRESS',
    shortTitle: 'LAST PROG',
    // As wide as the longest age, >25m 52s, or as most reasons.
    width: 10,
    longer: 27,
    least: 16,
    cell: progressAgo,
    help: 'how long ago, or why it stands still',
    sort: { name: 'last progress', value: ({ still }) => still?.seconds ?? null, first: 'highest' },
  },
  waits: {
    title: 'WAITS FOR',
    common: 'waits for',
    width: 20,
    grow: 4,
    cell: ({ standing, stall }) => {
      const [first] = standing.waitsFor;
      if (first !== undefined) return { text: blockerText(first), tone: 'bad' };
      return stall === null ? '' : { text: unblockedText(standing), tone: 'dim' };
    },
    sort: { name: 'waits for', value: ({ standing }) => standing.waitsFor[0]?.pid ?? null },
  },
  ended: {
    title: 'ENDED',
    width: 8,
    align: 'right',
    cell: (row, _width, context) => ago(row, row.operation.completedAt, context),
    sort: { name: 'ended', value: ({ operation }) => newestFirst(endedAt(operation)) },
  },
  started: {
    title: 'STARTED',
    width: 8,
    align: 'right',
    cell: (row, _width, context) => ago(row, row.operation.startedAt, context),
    sort: { name: 'started', value: ({ operation }) => newestFirst(operation.startedAt) },
  },
  error: {
    title: 'ERROR',
    width: 20,
    grow: 8,
    cell: (row, width, { theme }) =>
      row.operation.errorMessage === null
        ? {
            text: row.operation.status === 'failed' ? errorCell(row, 'no error message', width, theme) : '',
            tone: 'dim',
          }
        : { text: errorCell(row, row.operation.errorMessage, width, theme), tone: isSettled(row) ? 'dim' : 'bad' },
    sort: { name: 'error', value: ({ operation }) => operation.errorMessage },
  },
} satisfies Record<string, OperationColumn>;

/** Whether it is a failure that is resolved or accepted: it needs no attention. */
function isSettled({ resolution }: OperationRow): boolean {
  return resolution !== null && resolution.kind !== 'unresolved';
}

/** The status or, of an operation in trouble, the word for that. */
function statusWord(row: OperationRow): Segment {
  const { operation, flag } = row;
  if (isSettled(row)) return text(` ${operation.status}`, 'dim');
  if (flag === null || flag === 'OTHER TIME ZONE') return text(` ${operation.status}`, statusTone[operation.status]);
  if (flag === 'OVERWRITTEN' || flag === 'NOT STOPPED') return text(` ${flag}`, 'alarm');
  return text(` ${flag}`, flag === 'STILL?' ? 'warn' : 'bad');
}

/** All of them, for lists whose columns are chosen. */
export const operationColumns: readonly OperationColumn[] = Object.values(columns);

/** The column of the ETA; a wide list has room for the day and the times of a far end. */
function etaFrom(width: number): readonly OperationColumn[] {
  return [
    { ...columns.eta, from: width, until: wideEndsFrom },
    { ...columns.eta, width: wideEndColumns, grow: 0, from: wideEndsFrom },
  ];
}

/** The live operations of the Overview. */
export const overviewColumns: readonly OperationColumn[] = [
  columns.status,
  { ...columns.id, width: 4 },
  columns.worker,
  { ...columns.table, least: 13 },
  { ...columns.operation, from: 90 },
  columns.progress,
  ...etaFrom(100),
  { ...columns.elapsed, from: 110 },
  columns.rate,
  columns.lastProgress,
];

export const workersColumns: readonly OperationColumn[] = [
  columns.status,
  { ...columns.id, width: 4 },
  columns.worker,
  { ...columns.table, least: 13 },
  { ...columns.operation, from: 90 },
  { ...columns.batch, from: 140 },
  { ...columns.records, from: 100, yieldsTo: 'TABLE' },
  columns.progress,
  ...etaFrom(90),
  { ...columns.elapsed, from: 100 },
  columns.rate,
  columns.lastProgress,
  { ...columns.waits, from: 180 },
];

export const failuresColumns: readonly OperationColumn[] = [
  columns.status,
  { ...columns.id, width: 6 },
  { ...columns.phase, from: 110 },
  { ...columns.table, width: 16, grow: 16 },
  { ...columns.operation, width: 16, grow: 1, from: 110 },
  columns.error,
  { ...columns.records, from: 90 },
  columns.worker,
  columns.ended,
];

export const operationsColumns: readonly OperationColumn[] = [
  { ...columns.id, width: 7 },
  { ...columns.phase, from: 70 },
  { ...columns.table, width: 11 },
  { ...columns.operation, width: 11 },
  columns.statusName,
  { ...columns.records, width: 7 },
  { ...columns.total, from: 100 },
  { ...columns.batch, from: 130 },
  columns.worker,
  // For running operations, it has the same value as the next column.
  { ...columns.started, from: 140 },
  { ...columns.elapsed, from: 90 },
  { ...columns.error, isOmittedIfEmpty: true, from: 120 },
];

function figure(value: number | null, width: number): string {
  return value === null ? dash : count(value, width);
}

function ago(
  { isOtherZone }: OperationRow,
  timestamp: number | null,
  { takenAt, zone }: Pick<CellContext, 'takenAt' | 'zone'>,
): string {
  if (timestamp === null) return dash;
  return isOtherZone ? unknown : duration(secondsSince(timestamp, takenAt, zone));
}

/** By age, as the column shows it. */
function newestFirst(timestamp: number | null): number | null {
  return timestamp === null ? null : -timestamp;
}
