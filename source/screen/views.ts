import type { Observation } from '../domain/observation.ts';
import { unresolvedIn } from '../domain/unresolved-in.ts';
import { keyOf } from '../monitor/commands.ts';
import { pendingBeside } from '../monitor/paused-all.ts';
import { type MonitorState, type Page, shown } from '../monitor/state.ts';
import { listsOf, rowsOf } from '../monitor/views.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { count } from '../presentation/figures.ts';
import { sharedHoldNote } from '../presentation/hold.ts';
import { listRows } from '../presentation/layout.ts';
import { text } from '../presentation/line.ts';
import { noOperationsText } from '../presentation/no-operations.ts';
import type { OperationRow } from '../presentation/rows.ts';
import type { Theme } from '../presentation/theme.ts';
import { activityLines } from './activity.ts';
import { failuresLines } from './failures.ts';
import { type BodyLine, emptyText, endedNote, noted, outsideNote, rateNote, sortNote } from './list.ts';
import { deadlineNote } from './migration.tsx';
import { overviewLines } from './overview.ts';
import { tablesLines } from './tables.ts';
import { viewList } from './view-list.ts';

/** The lines of the open view: at most as wide as its list and as high as the body. */
export function viewLines(state: MonitorState, theme: Theme): BodyLine[] {
  const observation = shown(state);
  if (observation === null) return [];
  const { takenAt, zone } = observation.snapshot;
  const context = { theme, takenAt, zone, mayBeHidden: state.target.rowSecurity, marks: state.acting.marks };
  switch (state.view) {
    case 'overview':
      return overviewLines(state, observation, listsOf(state, 'overview'), context);
    case 'workers':
      return workersLines(state, rowsOf(state, 'workers'), context);
    case 'failures':
      return failuresLines(state, observation, listsOf(state, 'failures'), context);
    case 'tables':
      return tablesLines(state, rowsOf(state, 'tables'), context);
    case 'activity':
      return activityLines(state, rowsOf(state, 'activity'), context);
    case 'operations':
      return operationsLines(state, observation, rowsOf(state, 'operations'), context);
  }
}

function workersLines(state: MonitorState, rows: readonly OperationRow[], context: CellContext): BodyLine[] {
  const height = listRows('workers', state.window);
  const columns = columnsOf(state.personal.columns, 'workers');
  const list = viewList(state, context, { rows, columns, empty: emptyText(state, 'nothing is running or paused') });
  return noted(
    (visible) => list.title('WORKERS', visible),
    [
      endedNote(state),
      sharedHoldNote(rows, pendingBeside(state), list.width),
      outsideNote(state),
      sortNote(state),
      rateNote(state),
      list.common,
      deadlineNote(state, context.theme),
    ],
    list.lines,
    {
      height: height + 1,
      width: list.width,
      theme: context.theme,
    },
  );
}

function operationsLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  context: CellContext,
): BodyLine[] {
  const { page } = state;
  const height = listRows('operations', state.window);
  const columns = columnsOf(state.personal.columns, 'operations');
  const empty =
    page === null ? 'reading …' : state.filter === '' ? noOperationsText(state.target.scope) : emptyText(state, '');
  const list = viewList(state, context, { rows, columns, empty });
  const [common = '', ...others] = list.common.split('  ');
  return noted(
    () => ({ line: [text(' OPERATIONS', 'strong')] }),
    [
      page === null ? '' : edgesOf(page, state),
      outsideNote(state),
      // It is no filter: the rows of the page are only alike.
      common === '' ? '' : `these rows: ${common}`,
      otherPhasesNote(rows, observation, state),
      ...others,
      deadlineNote(state, context.theme),
    ],
    list.lines,
    { height: height + 1, width: list.width, theme: context.theme },
  );
}

/** The unresolved failures of phases of which the page has no row, and how to list them: `3 unresolved in validation: /phase:validation`. */
function otherPhasesNote(rows: readonly OperationRow[], observation: Observation, state: MonitorState): string {
  if (rows.length === 0 || state.filter !== '' || !observation.triage.isWhole) return '';
  const listed = new Set(rows.map(({ operation }) => operation.phase));
  const others = observation.phases.flatMap((one) => {
    const unresolved = listed.has(one.phase) ? 0 : unresolvedIn(observation, one);
    return unresolved === 0 ? [] : [{ phase: one.phase, unresolved }];
  });
  const [first] = others;
  if (first === undefined) return '';
  const texts = others.map(({ phase, unresolved }) => `${count(unresolved)} unresolved in ${phase}`);
  return `${texts.join(', ')}: ${keyOf(state, 'filter')}phase:${others.map(({ phase }) => phase).join(',')}`;
}

/** Which part of the operations the page is, and in which order. */
function edgesOf(page: Page, state: MonitorState): string {
  const { sorted } = page;
  if (sorted === undefined)
    return `highest id first${page.atNewest ? '' : ', higher ones above'}${page.atOldest ? '' : ', lower ones below'}`;
  const part = sorted.isWhole ? '' : `the ${sorted.from} ${count(page.operations.length)} that match, `;
  return `${part}${sortNote(state)}`;
}
