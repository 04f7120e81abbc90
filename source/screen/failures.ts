import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';
import { keyOf } from '../monitor/commands.ts';
import { shownMembers } from '../monitor/failures-view.ts';
import type { MonitorState } from '../monitor/state.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import { type CellContext, withoutCommon } from '../presentation/columns.ts';
import { count } from '../presentation/figures.ts';
import { failuresNote } from '../presentation/kind-columns.ts';
import { suggestionText } from '../presentation/kind-suggestion.ts';
import { isDocked, listColumns, listRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { type KindRow, type OperationRow, operationRow } from '../presentation/rows.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { type BodyLine, listLines, listTitle, noMatches, orderOf, padded, shownCursor, sortNote } from './list.ts';

/** The Failures view: the kinds of failure, or the failures of the open kind. */
export function failuresLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly (OperationRow | KindRow)[],
  context: CellContext,
): BodyLine[] {
  return state.failureKind === null
    ? kindsLines(state, observation, rows.filter(isKind), context)
    : membersLines(state, observation, state.failureKind, rows.filter(isOperation), context);
}

function kindsLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly KindRow[],
  context: CellContext,
): BodyLine[] {
  const width = listColumns(state.view, state.window);
  const height = listRows('failures', state.window) - adviceRows;
  const cursor = shownCursor(state.cursors.failures, rows, height);
  const { triage } = observation;
  const { theme } = context;
  const unresolvedKinds = triage.kinds.filter(({ unresolved }) => unresolved > 0).length;
  const position = listTitle('FAILURES', rows.length, cursor, height, sortNote(state)).line;
  const { columns, common } = withoutCommon(columnsOf('kinds'), rows, context, width);
  const shared: Line = common === '' ? [] : [text(`  ${common}`, 'dim')];
  const notes: Line = triage.isWhole
    ? failuresNote(triage, unresolvedKinds, { hidden: !state.showsResolved, name: keyOf('show-resolved') })
    : [text(`  ${readingNote(observation)}`, 'dim')];
  const list = listLines({
    rows,
    columns,
    cursor,
    width,
    height,
    context,
    order: orderOf(state),
    empty: emptyText(state, observation),
  });
  const under = rows.find(({ key }) => key === state.cursors.failures.key);
  const room = Math.max(0, height + 1 - list.length);
  const newest = padded(under === undefined ? [] : newestLines(state, observation, under, room, context), room);
  return [
    { line: cutLine([...position, ...notes, ...shared], width, theme) },
    ...list,
    ...(under === undefined ? [] : [...newest, ...adviceLines(under, observation, width, theme)]),
  ];
}

/** In a wide window, the failures of the kind under the cursor are below the kinds; Enter lists only them. */
function newestLines(
  state: MonitorState,
  observation: Observation,
  { summary }: KindRow,
  room: number,
  context: CellContext,
): BodyLine[] {
  const height = room - 3;
  if (!isDocked(state.view, state.window) || height < 3) return [];
  const members = shownMembers({ failureKind: summary.kind, showsResolved: state.showsResolved }, observation) ?? [];
  const rows = members.slice(0, height).map((operation) => operationRow(observation, operation, []));
  return [
    { line: [] },
    { line: [text(' OF THIS KIND', 'strong'), text(`  ${count(members.length)}`, 'dim')] },
    ...listLines({
      rows,
      columns: columnsOf('failures'),
      cursor: { key: null, index: 0, top: 0 },
      width: listColumns(state.view, state.window),
      height,
      context,
      empty: 'none is listed',
    }),
  ];
}

/** Rows below the list for the whole text of the kind under the cursor, and what usually helps. */
const adviceRows = 4;

function adviceLines({ summary }: KindRow, observation: Observation, width: number, theme: Theme): BodyLine[] {
  const state = summary.sqlState === null ? '' : ` (SQLSTATE ${summary.sqlState})`;
  const suggestion = suggestionText(summary, observation);
  // The parent tables of a foreign key are on a line of their own.
  const advice = (suggestion ?? '').split(/(?<=\.) (?=Parents: )/);
  return [
    { line: [] },
    { line: cutLine([text(`   ${summary.kind}${state}`, 'bad')], width, theme) },
    ...[advice[0] ?? '', advice[1] ?? ''].map(
      (one): BodyLine => ({ line: cutLine([text(`   ${one}`)], width, theme) }),
    ),
  ];
}

function membersLines(
  state: MonitorState,
  { triage }: Observation,
  kind: string,
  rows: readonly OperationRow[],
  context: CellContext,
): BodyLine[] {
  const width = listColumns(state.view, state.window);
  const height = listRows('failures', state.window) - 1;
  const cursor = shownCursor(state.cursors.failures, rows, height);
  const summary = triage.kinds.find((one) => one.kind === kind);
  const all = (state.showsResolved ? summary?.failed : summary?.unresolved) ?? rows.length;
  const more = all > rows.length && state.filter === '' ? `the newest ${count(rows.length)} of ${count(all)}` : '';
  const { columns, common } = withoutCommon(columnsOf('failures'), rows, context, width);
  const { line } = listTitle(
    'FAILURES',
    rows.length,
    cursor,
    height,
    [`${count(summary?.unresolved ?? 0)} unresolved of ${count(summary?.failed ?? 0)}`, more, sortNote(state), common]
      .filter(Boolean)
      .join('  '),
  );
  return [
    { line: cutLine([...line, text(`  ${keyOf('back')} shows the kinds`, 'dim')], width, context.theme) },
    { line: cutLine([text(`   ${kind}`, 'bad')], width, context.theme) },
    ...listLines({
      rows,
      columns,
      cursor,
      width,
      height,
      context,
      order: orderOf(state),
      empty: state.filter === '' ? 'none of this kind is unresolved' : noMatches,
    }),
  ];
}

function emptyText(state: MonitorState, { triage }: Observation): string {
  if (state.filter !== '') return noMatches;
  if (!triage.isWhole) return 'reading …';
  return triage.failed === 0 ? 'nothing has failed' : 'every failure was retried or accepted';
}

/** How far the triage is, while it is not complete. */
function readingNote({ snapshot, triage, migration }: Observation): string {
  if (triage.searched !== null)
    return `${count(triage.failed)} failed, looking for retries of them: ${Math.floor(100 * triage.searched)} %`;
  // Until the table is counted, the number of all failures is unknown.
  if (isCounting(snapshot)) return `reading the failures: ${count(triage.failed)}`;
  return `reading ${count(triage.failed)} of ${count(migration.statuses.failed)} failures`;
}

const isKind = (row: OperationRow | KindRow): row is KindRow => row.kind === 'kind';
const isOperation = (row: OperationRow | KindRow): row is OperationRow => row.kind === 'operation';
