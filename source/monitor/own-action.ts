import { reasonNote } from '../domain/audit-notes.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import type { OwnAction } from './acting-state.ts';
import type { Reason } from './command.ts';
import type { MonitorState } from './state.ts';
import { selectedRow } from './views.ts';

/** The action to which `e` adds a reason: that of the row of Activity under the cursor, else the last one of this session. Null if there is none. */
export function actionForReason(state: MonitorState): OwnAction | null {
  const row = state.view === 'activity' && state.overlay.kind === 'none' ? selectedRow(state) : null;
  return (row?.kind === 'activity' ? actionOfRow(row) : null) ?? lastOwnAction(state);
}

/** The action of a row of Activity, as far as it was applied; null if the row is about something else. */
function actionOfRow({ entry, bulk, tracked }: ActivityRow): OwnAction | null {
  if (entry === null || entry.at === null || entry.action === reasonNote.action) return null;
  const all = bulk === null ? [entry] : bulk.rows.flatMap((row) => (row.entry === null ? [] : [row.entry]));
  const rows = all
    .filter(({ outcome }) => outcome === 'applied')
    .map(({ operationId, identity = null, fromStatus: from, toStatus: to }) => ({ operationId, identity, from, to }));
  if (rows.length === 0) return null;
  const label = operationLabel({
    id: entry.operationId,
    tableName: tracked?.tableName ?? entry.row?.tableName ?? '',
  });
  const what = bulk === null ? label : `${count(rows.length)} ${rows.length === 1 ? 'operation' : 'operations'}`;
  return { action: entry.action, what, at: entry.at, rows };
}

/** The last action of this session that was applied, to one operation or to many; null if there is none. */
function lastOwnAction({ trackedActions, hiddenActions, acting: { lastActed } }: MonitorState): OwnAction | null {
  const own = [...hiddenActions, ...trackedActions].filter(({ by }) => by === undefined);
  const tracked = own.reduce<TrackedAction | null>(
    (last, one) => (last !== null && last.requestedAt > one.requestedAt ? last : one),
    null,
  );
  // The operations of an action on many are tracked too.
  if (tracked === null || (lastActed !== null && lastActed.at >= tracked.requestedAt)) return lastActed;
  const { action, operationId, identity = null, tableName, from, to, requestedAt: at } = tracked;
  return {
    action,
    what: operationLabel({ id: operationId, tableName }),
    at,
    rows: [{ operationId, identity, from, to }],
  };
}

/** Why no reason can be added, or null. */
export function whyNoReason(state: MonitorState): Reason | null {
  const refused = (kind: Reason['kind'], short: string): Reason => ({
    kind,
    short,
    text: `cannot add a reason: ${short}`,
  });
  if (actionForReason(state) === null) return refused('nothing', 'no action yet');
  if (state.readOnly !== null) return refused('read-only', 'read-only');
  return state.connection.kind === 'lost' ? refused('not-connected', 'not connected') : null;
}
