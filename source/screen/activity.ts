import { initCommand } from '../domain/option-names.ts';
import { visibleName } from '../domain/visible-name.ts';
import { lastActedAt } from '../domain/watcher.ts';
import type { MonitorState } from '../monitor/state.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { eventText } from '../presentation/event-text.ts';
import { duration } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import { type BodyLine, listLines, listTitle, noMatches, orderOf, unappliedNote } from './list.ts';

/** Who else watches, and when they last acted. */
function watchersText({ watchers, activity }: MonitorState, takenAt: number): string {
  if (watchers.length === 0) return '';
  const each = watchers.map((watcher) => {
    const at = lastActedAt(watcher, activity ?? []);
    const acted = at === null ? '' : ` (acted ${duration(Math.max(0, takenAt - at))} ago)`;
    return `${watcher.user}${watcher.client === null ? '' : `@${watcher.client}`}${acted}`;
  });
  return `also watching: ${each.join(', ')}`;
}

/** The finding under the cursor in full: its row may have no room for it. */
function findingUnder(rows: readonly ActivityRow[], key: string | null): string {
  const what = rows.find((row) => row.key === key)?.event?.what;
  return what?.kind === 'findings' ? `${eventText(what).text} (migtop doctor prints more)` : '';
}

/** The Activity view: the actions of operators, newest first, and their results. */
export function activityLines(state: MonitorState, rows: readonly ActivityRow[], context: CellContext): BodyLine[] {
  const height = listRows('activity', state.window);
  const { audit, foreignAudit } = state.target;
  const foreign = foreignAudit === null ? '' : `${foreignAudit} belongs to an untrusted role and is not used; `;
  const own =
    state.window.columns < 100
      ? `own actions only (${initCommand('audit', state.target.table)})`
      : `only your own actions (local log); to share them: ${initCommand('audit', state.target.table)}`;
  return [
    listTitle(
      'ACTIVITY',
      rows.length,
      state.cursors.activity,
      height,
      [
        unappliedNote(state),
        findingUnder(rows, state.cursors.activity.key),
        watchersText(state, context.takenAt),
        audit === null ? `${foreign}${own}` : `from ${visibleName(audit)}`,
      ]
        .filter(Boolean)
        .join('  '),
    ),
    ...listLines({
      rows,
      columns: columnsOf('activity'),
      cursor: state.cursors.activity,
      width: listColumns(state.view, state.window),
      height,
      context,
      order: orderOf(state),
      empty: state.activity === null ? 'reading …' : state.filter === '' ? 'no actions yet' : noMatches,
    }),
  ];
}
