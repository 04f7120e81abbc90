import { addedOperations, noGrowths } from '../domain/added-operations.ts';
import { withCombined } from '../domain/combined-events.ts';
import { countingChanges } from '../domain/counting-changes.ts';
import { earlierAfter, withEarlierEvents } from '../domain/earlier-events.ts';
import { endingsAfter, noEndings } from '../domain/endings.ts';
import { eventsOf, noticedIn } from '../domain/notices.ts';
import { type Observation, observe } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { reportGap } from '../domain/report-gap.ts';
import { reportsPause } from '../domain/sessions.ts';
import { standingStillOf } from '../domain/standing-still.ts';
import { followActions } from '../domain/tracked-actions.ts';
import { eventsBetween, within, withJudged } from '../domain/watched-events.ts';
import { resultToast } from '../presentation/result-text.ts';
import { changedRowsAfter } from './changed-rows.ts';
import { keyOf } from './commands.ts';
import { comparableWith, comparedWith } from './compare-poll.ts';
import { connectedEvents, replacedEvents } from './connection-events.ts';
import type { Cursor } from './cursor.ts';
import { withDeadline } from './deadline.ts';
import { decidedActions } from './decided-actions.ts';
import type { MonitorEvent } from './event.ts';
import { addedToast, countingToast, eventToast, nextToast, replacedToast } from './event-toasts.ts';
import { noMarks } from './marks.ts';
import { noticeToast } from './noticed.ts';
import { noCursor, startCursors } from './page-cursor.ts';
import { restricted } from './restricted.ts';
import type { MonitorState } from './state.ts';
import { undoables } from './undo-history.ts';

/** The state after a poll. */
export function polled(before: MonitorState, event: Extract<MonitorEvent, { kind: 'polled' }>): MonitorState {
  const kept = event.restricted === undefined ? before : restricted(before, event.restricted, event.snapshot);
  const compared = comparedWith(kept, event.compared);
  const state = comparableWith(kept, event.snapshot);
  const latest = compared?.latest ?? observe(state.latest, event.snapshot, state.carried);
  const reports = reportsPause(event.snapshot);
  // A paused operation has not stopped while its session still waits for a lock or runs a statement.
  const isAtWork = (row: Operation): boolean =>
    row.status === 'paused' && standingStillOf(latest, row).session !== null;
  const gap = (row: Operation): number | null => (isAtWork(row) ? null : reportGap(latest, row));
  // How an action that is in progress leaves a row is not known yet: the one before it is not judged by that.
  const writing = new Set(state.acting.writing);
  const actions = followActions(
    state.trackedActions,
    event.snapshot,
    (row) => reports(row) && !isAtWork(row),
    gap,
    event.readMs,
    ({ operationId }) => writing.has(operationId),
  );
  const changes = countingChanges(state.latest, latest);
  const { endings, ended } = endingsAfter(
    state.latest === null ? noEndings : state.noticing.endings,
    state.latest,
    latest,
  );
  const { growths, added: grown } = addedOperations(state.latest === null ? noGrowths : state.noticing.growths, latest);
  const since = state.target.scope?.text;
  const replaced = replacedEvents(kept, event);
  const happened = within(since, [
    ...replaced,
    ...connectedEvents(before, latest.snapshot.takenAt, event),
    ...eventsBetween(state.latest, latest),
    ...ended,
    ...grown,
  ]);
  const { earlier, added } = earlierAfter(state.earlier, latest);
  const noticing = noticedIn(
    { ...state.noticing, endings, growths },
    {
      before: state.latest,
      latest,
      since,
      happened,
      actionsBefore: state.trackedActions,
      actions,
      atMs: event.atMs,
    },
  );
  const noticed = eventsOf(noticing, state.noticing.last);
  return {
    ...state,
    cursors: judgedCursors(state, latest),
    // The rows of the table before are not those that have their ids now.
    ...(replaced.length > 0 && {
      acting: { ...state.acting, marks: noMarks, lostMarks: state.acting.marks.size },
      cursors: startCursors,
    }),
    latest,
    ...(compared !== null && state.frozen === null && { pace: compared.pace }),
    carried: state.target.scope === undefined ? null : state.carried,
    due: withDeadline(state.due, latest),
    connection: { kind: 'live' },
    receivedAtMs: event.readMs ?? event.atMs,
    nowMs: event.atMs,
    interval: {
      wantedSeconds: state.interval.wantedSeconds,
      actualSeconds: event.nextSeconds,
      ...(event.isBusy && { isBusy: true }),
    },
    trackedActions: actions,
    changedRows: changedRowsAfter(state.changedRows, undoables(state), latest.snapshot, actions, state.target),
    events: withJudged(
      withCombined(withEarlierEvents(state.events, within(since, added)), [...happened, ...noticed]),
      latest,
    ),
    earlier,
    noticing,
    countingChanges: changes.length === 0 ? state.countingChanges : [...state.countingChanges, ...changes].slice(-200),
    toast: nextToast(
      // The connection is there again.
      state.toast?.isOfConnection === true ? { ...state, toast: null } : state,
      resultToast(decidedActions(state), decidedActions({ trackedActions: actions, noticing }), {
        atMs: event.atMs,
        mayBeHidden: state.target.rowSecurity,
        keys: { resume: keyOf(state, 'resume'), undo: keyOf(state, 'undo') },
      }),
      replacedToast(replaced, event.atMs) ??
        eventToast(state, latest, event.atMs, within(since, grown)) ??
        noticeToast(noticed, event.atMs) ??
        countingToast(changes, event.atMs) ??
        addedToast(within(since, grown), event.atMs),
      event.atMs,
    ),
  };
}

/** Before later attempts are known, a kind that is resolved may be listed first: the cursor does not stay on it. */
function judgedCursors({ latest: before, cursors }: MonitorState, { triage }: Observation): MonitorState['cursors'] {
  if (before === null || before.triage.isWhole || !triage.isWhole) return cursors;
  const unresolved = new Set(triage.kinds.filter((one) => one.unresolved > 0).map(({ kind }) => `kind ${kind}`));
  const judged = (cursor: Cursor): Cursor =>
    cursor.key?.startsWith('kind ') && !unresolved.has(cursor.key) ? noCursor : cursor;
  return { ...cursors, overview: judged(cursors.overview), failures: judged(cursors.failures) };
}
