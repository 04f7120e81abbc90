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
  },
  { title: 'ACTION', width: 6, cell: ({ entry }) => entry?.action ?? 'counts' },
  { title: 'ID', width: 7, align: 'right', whole: true, cell: ({ entry }) => String(entry?.operationId ?? dash) },
  {
    title: 'TABLE',
    width: 14,
    grow: 1,
    from: 110,
    cell: ({ tracked, change }) => change?.tableName ?? tracked?.tableName ?? dash,
  },
  { title: 'FROM', width: 9, from: 110, cell: ({ entry, change }) => change?.from ?? entry?.fromStatus ?? dash },
  { title: 'TO', width: 8, cell: ({ entry, change }) => change?.to ?? entry?.toStatus ?? dash },
  { title: 'BY', width: 12, grow: 1, cell: ({ entry }) => (entry === null ? dash : `${entry.osUser}@${entry.host}`) },
  { title: 'ROLE', width: 10, from: 130, cell: ({ entry }) => entry?.databaseRole ?? '' },
  { title: 'REASON', width: 12, grow: 2, from: 120, cell: ({ entry }) => entry?.reason ?? '' },
  { title: 'RESULT', width: 22, grow: 3, cell: (row, _width, context) => resultCell(row, context) },
];

function resultCell({ entry, change, tracked, result }: ActivityRow, { mayBeHidden }: CellContext): Cell {
  if (entry === null)
    return { text: `${change?.tableName ?? ''}: counted differently because its rows changed`, tone: 'warn' };
  const isBad = result?.state === 'overwritten' || tracked?.result.kind === 'progressing';
  const isGood = tracked?.result.kind === 'acknowledged';
  const tone = isBad ? 'bad' : entry.outcome !== 'applied' ? 'warn' : isGood ? 'good' : 'plain';
  return { text: resultText(entry, result, tracked, mayBeHidden), tone };
}
