import { cleanLine } from '../domain/clean-text.ts';
import type { FindingsOfCheck } from '../domain/doctor/finding.ts';
import { problemsOf, problemTitle, titleWithTables } from '../domain/doctor/problems.ts';
import { initCommand } from '../domain/option-names.ts';
import { visibleName } from '../domain/visible-name.ts';
import { lastActedAt } from '../domain/watcher.ts';
import { keyOf } from '../monitor/commands.ts';
import { listedActions } from '../monitor/counted-bulk.ts';
import type { MonitorState } from '../monitor/state.ts';
import { mayKnowPauses, unknownPauses } from '../monitor/unknown-pauses.ts';
import { fullText } from '../presentation/activity-columns.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { count, duration } from '../presentation/figures.ts';
import { gapsNotes } from '../presentation/gaps-notes.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { unknownPauser } from '../presentation/paused-by.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import { wrap } from '../presentation/text-width.ts';
import { type BodyLine, emptyText, noted, padded, unappliedNote } from './list.ts';
import { deadlineNote } from './migration.tsx';
import { viewList } from './view-list.ts';

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

/** How many operations were paused by nobody knows whom: no action of the list or of the audit paused them. */
function unknownPausesText(state: MonitorState): string {
  // The list may be too short: who acted last is being read.
  if (state.lastActors === null && mayKnowPauses(state)) return '';
  const unknown = unknownPauses(state);
  return unknown === 0 ? '' : `${count(unknown)} paused by: ${unknownPauser(state.target.audit !== null)}`;
}

/** Minimum number of rows below the list for the whole reason and result of the row under the cursor; a low window has none. */
const textRows = 4;
const textFrom = 20;

/** The reason and the result under the cursor in full, below a blank line: cut only if the list needs the rows. */
function textUnder(state: MonitorState, rows: readonly ActivityRow[], context: CellContext, width: number): BodyLine[] {
  const row = rows.find((one) => one.key === state.cursors.activity.key);
  const most = Math.max(textRows, listRows('activity', state.window) - rows.length) - 1;
  if (row === undefined) return padded([], textRows);
  const indent = '   ';
  const more = row.event?.what.kind === 'findings' ? findingsNote(state, row.event.what.checkedAt, context) : '';
  const lines = wrap(cleanLine(`${wholeText(row, context)}${more}`), width - indent.length);
  const shown = lines.slice(0, most);
  if (lines.length > shown.length) shown.push(`${shown.pop()} ${context.theme.glyphs.ellipsis}`);
  const texts = shown.map((line) => ({ line: cutLine([text(`${indent}${line}`)], width, context.theme) }));
  return padded([{ line: [] }, ...texts], textRows);
}

/** The reason and the result in full; of several problems in one row, each. */
function wholeText(row: ActivityRow, context: CellContext): string {
  const problems = row.event?.what.kind === 'findings' ? problemsOf(row.event.what.findings).map(titleOf) : [];
  return problems.length > 1 ? `${count(problems.length)} problems: ${problems.join('; ')}` : fullText(row, context);
}

const titleOf = (problem: FindingsOfCheck): string =>
  problem.length === 1 ? titleWithTables(problem[0]) : problemTitle(problem);

/** When migtop looked last, and how to look again: a problem may be mended since. */
function findingsNote(state: MonitorState, checkedAt: number, { takenAt }: CellContext): string {
  const age = duration(Math.max(0, takenAt - checkedAt));
  return ` (found ${age} ago; ${keyOf(state, 'refresh')} looks again; migtop doctor prints more)`;
}

/** The Activity view: the actions of operators with their results, and what happened, newest first. */
export function activityLines(state: MonitorState, rows: readonly ActivityRow[], context: CellContext): BodyLine[] {
  const width = listColumns(state.view, state.window);
  const under = state.window.rows < textFrom ? [] : textUnder(state, rows, context, width);
  const height = listRows('activity', state.window) - under.length;
  const { audit, foreignAudit } = state.target;
  const foreign = foreignAudit === null ? '' : `${foreignAudit} belongs to an untrusted role and is not used; `;
  const init = initCommand('audit', state.target.table);
  // Older ones are only in the file.
  const listed = listedActions(state.activity ?? []);
  const newest = listed === null ? '' : `the newest ${count(listed)} `;
  const own =
    state.window.columns < 100 || foreign !== ''
      ? `${newest}own actions only, and what migtop saw (${init})`
      : `only ${newest === '' ? '' : `${newest}of `}your own actions (local audit), and what migtop saw; to share actions: ${init}`;
  const columns = columnsOf(state.personal.columns, 'activity');
  const empty = state.activity === null ? 'reading …' : emptyText(state, 'no actions yet');
  const list = viewList(state, context, { rows, columns, empty });
  const notes = [
    unappliedNote(state),
    watchersText(state, context.takenAt),
    unknownPausesText(state),
    deadlineNote(state, context.theme),
    ...gapsNotes(state.auditGaps),
    audit === null ? `${foreign}${own}` : `from ${visibleName(audit)}, and what migtop saw`,
  ];
  const title = (visible: number): BodyLine => list.title('ACTIVITY', visible);
  const lines = noted(title, notes, list.lines, { height: height + 1, width, theme: context.theme });
  return [...padded(lines, under.length === 0 ? 0 : height + 2), ...under];
}
