import { secondsSince } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Column } from './columns.ts';
import { count, duration, eta, percent, rate, stallText, unknown } from './figures.ts';
import { bar, text } from './line.ts';
import type { OperationRow } from './rows.ts';
import { statusGlyph, statusTone, type Theme } from './theme.ts';

type OperationColumn = Column<OperationRow>;

/** The columns in which operations are shown, each made for a look and a moment. */
export function operationColumns(theme: Theme, moment: Pick<Snapshot, 'takenAt' | 'zone'>) {
  const dash = theme.glyphs.dash;
  const figure = (value: number | null, width: number): string => (value === null ? dash : count(value, width));
  return {
    status: { title: ' ', width: 1, cell: ({ operation }) => [statusGlyph(operation.status, theme)] },
    statusName: {
      title: 'STATUS',
      width: 11,
      cell: ({ operation }) => [
        statusGlyph(operation.status, theme),
        text(` ${operation.status}`, statusTone[operation.status]),
      ],
    },
    id: { title: 'ID', width: 8, align: 'right', whole: true, cell: ({ operation }) => String(operation.id) },
    worker: {
      title: 'W',
      width: 3,
      align: 'right',
      whole: true,
      cell: ({ operation }) => (operation.workerId === null ? dash : String(operation.workerId)),
    },
    phase: { title: 'PHASE', width: 10, cell: ({ operation }) => operation.phase },
    table: { title: 'TABLE', width: 16, grow: 4, cell: ({ operation }) => operation.tableName },
    operation: { title: 'OPERATION', width: 13, grow: 1, cell: ({ operation }) => operation.operation },
    progress: {
      title: 'PROGRESS',
      width: 15,
      cell: (row) =>
        row.share === null
          ? { text: unknown, tone: 'dim' }
          : [
              ...bar(row.share, 10, theme, row.flag !== null ? 'warn' : statusTone[row.operation.status]),
              text(
                percent(row.share * 100)
                  .replace(/\.\d%$/, '%')
                  .padStart(5),
              ),
            ],
    },
    records: {
      title: 'RECORDS',
      width: 9,
      align: 'right',
      cell: ({ operation }, width) =>
        operation.recordsProcessed === null ? unknown : count(operation.recordsProcessed, width),
    },
    total: {
      title: 'TOTAL',
      width: 10,
      align: 'right',
      cell: ({ operation }, width) => figure(operation.totalRecords, width),
    },
    batch: {
      title: 'BATCH',
      width: 7,
      align: 'right',
      cell: ({ operation }, width) => figure(operation.batchSize, width),
    },
    rate: {
      title: 'REC/S',
      width: 7,
      align: 'right',
      cell: (row, width) => rate(row.recordsPerSecond, width).replace('–', dash),
    },
    eta: { title: 'ETA', width: 8, align: 'right', cell: (row) => eta(row.eta).replace('–', dash) || dash },
    elapsed: {
      title: 'ELAPSED',
      width: 8,
      align: 'right',
      cell: (row) => (row.operation.startedAt === null ? dash : duration(row.elapsedSeconds)),
    },
    moved: {
      title: 'MOVED',
      // As wide as the longest age with its signs: >25m 52s !
      width: 10,
      align: 'right',
      cell: (row) => {
        if (row.still === null) return { text: row.operation.status, tone: statusTone[row.operation.status] };
        const suspected = row.flag === 'STILL?';
        const age = `${row.still.atLeast && !suspected ? '>' : ''}${duration(row.still.seconds)}`;
        if (suspected) return { text: `${age} ?`, tone: 'warn' };
        return row.flag !== null ? { text: `${age} !`, tone: 'bad' } : { text: `${age}  `, tone: 'plain' };
      },
    },
    flag: {
      title: 'FLAG',
      width: 11,
      cell: (row) => flagCell(row),
    },
    blocked: {
      title: 'BLOCKED BY',
      width: 10,
      cell: ({ blockedBy }) => (blockedBy.length === 0 ? '' : { text: `pid ${blockedBy.join(', ')}`, tone: 'bad' }),
    },
    ended: {
      title: 'ENDED',
      width: 8,
      align: 'right',
      cell: ({ operation }) => (operation.completedAt === null ? dash : ago(operation.completedAt, moment)),
    },
    started: {
      title: 'STARTED',
      width: 8,
      align: 'right',
      cell: ({ operation }) => (operation.startedAt === null ? dash : ago(operation.startedAt, moment)),
    },
    error: {
      title: 'ERROR',
      width: 20,
      grow: 8,
      cell: ({ operation }) =>
        operation.errorMessage === null
          ? { text: operation.status === 'failed' ? 'no error message' : '', tone: 'dim' }
          : { text: operation.errorMessage, tone: 'bad' },
    },
    source: { title: 'SOURCE QUERY', width: 20, grow: 6, cell: ({ operation }) => operation.sourceQuery ?? dash },
  } satisfies Record<string, OperationColumn>;
}

/** The flag, and of a suspicion what speaks for it. */
function flagCell({ flag, stall }: OperationRow): { text: string; tone: 'plain' | 'alarm' | 'warn' } {
  if (flag === null) return { text: '', tone: 'plain' };
  if (flag === 'STILL?' && stall !== null) return { text: stallText(stall), tone: 'warn' };
  return { text: flag, tone: 'alarm' };
}

function ago(timestamp: number, { takenAt, zone }: Pick<Snapshot, 'takenAt' | 'zone'>): string {
  return duration(secondsSince(timestamp, takenAt, zone));
}
