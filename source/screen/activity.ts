import { secondsSince } from '../domain/operation.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { MonitorState } from '../monitor/state.ts';
import { resultText } from '../presentation/action-text.ts';
import type { Column } from '../presentation/columns.ts';
import { duration } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import type { Theme, Tone } from '../presentation/theme.ts';
import { type BodyLine, listLines, listTitle } from './list.ts';

/** The Activity view: what operators did, and what came of it. */
export function activityLines(
  state: MonitorState,
  takenAt: number,
  rows: readonly ActivityRow[],
  theme: Theme,
): BodyLine[] {
  const { dash } = theme.glyphs;
  const height = listRows('activity', state.window);
  const columns: readonly Column<ActivityRow>[] = [
    {
      title: 'AGO',
      width: 7,
      align: 'right',
      cell: ({ entry, change }) => {
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
      cell: ({ receipt, change }) => change?.tableName ?? receipt?.tableName ?? dash,
    },
    { title: 'FROM', width: 9, from: 110, cell: ({ entry, change }) => change?.from ?? entry?.fromStatus ?? dash },
    { title: 'TO', width: 8, cell: ({ entry, change }) => change?.to ?? entry?.toStatus ?? dash },
    { title: 'BY', width: 14, grow: 1, cell: ({ entry }) => (entry === null ? dash : `${entry.osUser}@${entry.host}`) },
    { title: 'ROLE', width: 10, from: 130, cell: ({ entry }) => entry?.databaseRole ?? '' },
    { title: 'REASON', width: 12, grow: 2, from: 120, cell: ({ entry }) => entry?.reason ?? '' },
    { title: 'WHAT CAME OF IT', width: 20, grow: 3, cell: (row) => cameOf(row, state.target.rowSecurity) },
  ];
  const { audit, foreignAudit } = state.target;
  const local = `from the local audit of this user${foreignAudit === null ? '' : `; ${foreignAudit} is foreign and not used`}`;
  const where = audit === null ? local : `from ${visibleName(audit)}`;
  return [
    listTitle('ACTIVITY', rows.length, state.cursors.activity, height, where),
    ...listLines({
      rows,
      columns,
      cursor: state.cursors.activity,
      width: listColumns(state.view, state.window),
      height,
      look: theme,
      empty: state.activity === null ? 'reading' : 'no operator has done anything yet',
    }),
  ];
}

function cameOf({ entry, change, receipt, result }: ActivityRow, mayBeHidden: boolean): { text: string; tone: Tone } {
  if (entry === null)
    return { text: `${change?.tableName ?? ''}: its rows tell another way of counting`, tone: 'warn' };
  const isBad = result?.state === 'overwritten' || receipt?.result.kind === 'progressing';
  const isGood = receipt?.result.kind === 'acknowledged';
  const tone = isBad ? 'bad' : entry.outcome !== 'applied' ? 'warn' : isGood ? 'good' : 'plain';
  return { text: resultText(entry, result, receipt, mayBeHidden), tone };
}
