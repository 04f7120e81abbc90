import { secondsSince } from '../domain/operation.ts';
import { resultText } from './action-text.ts';
import { type Cell, type CellContext, type Column, dash } from './columns.ts';
import { duration } from './figures.ts';
import type { ActivityRow } from './rows.ts';

/** The columns of the Activity view, from left to right. */
export const activityColumns: readonly Column<ActivityRow>[] = [
  {
    title: 'AGO',
    width: 7,
    align: 'right',
    cell: ({ entry, change }, _width, { takenAt }) => {
      const at = change?.at ?? entry?.at ?? null;
      return at === null ? dash : duration(secondsSince(at, takenAt));
    },
    sort: {
      name: 'ago',
      value: ({ entry, change }) => {
        const at = change?.at ?? entry?.at ?? null;
        return at === null ? null : -at;
      },
    },
  },
  {
    title: 'ACTION',
    width: 6,
    cell: ({ entry }) => entry?.action ?? 'counts',
    sort: { name: 'action', value: ({ entry }) => entry?.action ?? null },
  },
  {
    title: 'ID',
    width: 7,
    align: 'right',
    whole: true,
    cell: ({ entry }) => String(entry?.operationId ?? dash),
    sort: { name: 'id', value: ({ entry }) => entry?.operationId ?? null, first: 'highest' },
  },
  {
    title: 'TABLE',
    width: 14,
    grow: 1,
    from: 110,
    cell: ({ tracked, change }) => change?.tableName ?? tracked?.tableName ?? dash,
    sort: { name: 'table', value: ({ tracked, change }) => change?.tableName ?? tracked?.tableName ?? null },
  },
  {
    title: 'FROM',
    width: 9,
    from: 110,
    cell: ({ entry, change }) => change?.from ?? entry?.fromStatus ?? dash,
    sort: { name: 'from', value: ({ entry }) => entry?.fromStatus ?? null },
  },
  {
    title: 'TO',
    width: 8,
    cell: ({ entry, change }) => change?.to ?? entry?.toStatus ?? dash,
    sort: { name: 'to', value: ({ entry }) => entry?.toStatus ?? null },
  },
  {
    title: 'BY',
    width: 12,
    grow: 1,
    cell: ({ entry }) => (entry === null ? dash : `${entry.osUser}@${entry.host}`),
    sort: { name: 'by', value: ({ entry }) => (entry === null ? null : `${entry.osUser}@${entry.host}`) },
  },
  {
    title: 'ROLE',
    width: 10,
    from: 130,
    cell: ({ entry }) => entry?.databaseRole ?? '',
    sort: { name: 'role', value: ({ entry }) => entry?.databaseRole ?? null },
  },
  {
    title: 'REASON',
    width: 12,
    grow: 2,
    from: 120,
    cell: ({ entry }) => entry?.reason ?? '',
    sort: { name: 'reason', value: ({ entry }) => entry?.reason ?? null },
  },
  {
    title: 'RESULT',
    width: 22,
    grow: 3,
    cell: (row, _width, context) => resultCell(row, context),
    sort: { name: 'result', value: ({ entry }) => entry?.outcome ?? null },
  },
];

function resultCell({ entry, change, tracked, result }: ActivityRow, { mayBeHidden }: CellContext): Cell {
  if (entry === null)
    return { text: `${change?.tableName ?? ''}: counted differently because its rows changed`, tone: 'warn' };
  const isBad = result?.state === 'overwritten' || tracked?.result.kind === 'progressing';
  const isGood = tracked?.result.kind === 'acknowledged';
  const tone = isBad ? 'bad' : entry.outcome !== 'applied' ? 'warn' : isGood ? 'good' : 'plain';
  return { text: resultText(entry, result, tracked, mayBeHidden), tone };
}
