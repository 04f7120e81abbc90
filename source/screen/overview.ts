import type { Observation } from '../domain/observation.ts';
import { openRetriesOf } from '../domain/open-retry.ts';
import { isLive } from '../domain/operation.ts';
import { rateHistory } from '../domain/rate-history.ts';
import { failureNumbers } from '../monitor/failures-view.ts';
import { overviewRowsOf } from '../monitor/overview-kinds.ts';
import { hourlyPeak } from '../monitor/pace.ts';
import { pendingBeside } from '../monitor/paused-all.ts';
import type { Cursor, MonitorState, TwoLists } from '../monitor/state.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import { type CellContext, withoutCommon } from '../presentation/columns.ts';
import { count, rate } from '../presentation/figures.ts';
import { sharedHoldTexts } from '../presentation/hold.ts';
import { overviewKindColumns, unresolvedNote } from '../presentation/kind-columns.ts';
import { listColumns } from '../presentation/layout.ts';
import { cutLine, lineWidth, sparkline, spread, text } from '../presentation/line.ts';
import type { OperationRow } from '../presentation/rows.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import {
  type BodyLine,
  emptyText,
  endedNote,
  listLines,
  listTitle,
  orderOf,
  outsideNote,
  placeOf,
  steadyOf,
} from './list.ts';
import { phasesLines } from './phases.ts';

/** The Overview: six phases, the throughput of the last hour with the running workers, the unresolved kinds of failure. */
export function overviewLines(
  state: MonitorState,
  observation: Observation,
  { operations, kinds, matching }: TwoLists,
  context: CellContext,
): BodyLine[] {
  const { theme } = context;
  const width = listColumns(state.view, state.window);
  const heights = overviewRowsOf(state);
  const cursor = liveCursor(state.cursors.overview);
  const all = columnsOf(state.personal.columns, 'overview');
  const { columns, common } = withoutCommon(all, operations, context, width, steadyOf(state));
  const workers = listLines({
    rows: operations,
    columns,
    cursor,
    width,
    height: heights.workers - 2,
    context,
    order: orderOf(state),
    steady: steadyOf(state),
    empty: emptyText(state, 'nothing is running'),
  });
  const upper: BodyLine[] = [
    ...phasesLines(state, observation, width, theme).slice(0, heights.phases),
    {
      line: workersTitle(
        state,
        observation,
        {
          live: operations,
          height: heights.workers - 2,
          holds: sharedHoldTexts(operations, pendingBeside(state), width),
          common,
        },
        width,
        theme,
      ),
    },
    ...padded(workers, heights.workers - 1),
  ];
  if (heights.failures === 0) return upper;
  return [
    ...upper,
    { line: failuresTitle(observation, matching, kinds.length) },
    ...listLines({
      rows: kinds,
      columns: overviewKindColumns,
      cursor: { ...cursor, top: 0 },
      width,
      height: heights.failures - 1,
      context,
      empty: emptyText(state, 'nothing unresolved'),
    }).slice(1),
  ];
}

/** The cursor for the live operations: while it is on a kind of failure, the first of them, with the trouble, are shown. */
function liveCursor(cursor: Cursor): Cursor {
  return cursor.key?.startsWith('kind ') === true ? { ...cursor, top: 0 } : cursor;
}

function padded(lines: readonly BodyLine[], height: number): BodyLine[] {
  return [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, (): BodyLine => ({ line: [] }))];
}

function workersTitle(
  state: MonitorState,
  observation: Observation,
  {
    live,
    height,
    holds,
    common,
  }: {
    readonly live: readonly OperationRow[];
    readonly height: number;
    /** Why they are held, from the longest to the shortest text. */
    readonly holds: readonly string[];
    readonly common: string;
  },
  width: number,
  theme: Theme,
): Line {
  const { running, paused } = observation.migration.statuses;
  const kept = [endedNote(state), outsideNote(state)].filter(Boolean).join('  ');
  const all = running + paused;
  const matching = kept === '' ? live.length : live.length - 1;
  const held = observation.snapshot.operations.filter(({ status }) => isLive(status)).length;
  // It is not known how many match, where not all are held.
  const isFiltered = state.filter !== '' && held === all;
  const title = listTitle('LIVE', live.length, placeOf(liveCursor(state.cursors.overview), live), height);
  const before: Line = [
    ...title.line,
    text(matching < all ? `  ${count(matching)} of ${count(all)} ${isFiltered ? 'match' : 'shown'}` : '', 'dim'),
  ];
  const withNotes = (...notes: readonly string[]): Line => [
    ...before,
    ...notes.filter(Boolean).map((note) => text(`  ${note}`, 'dim')),
  ];
  const left = withNotes(kept);
  const cells = Math.max(12, Math.min(60, Math.floor(width / 2) - 20));
  const { throughput, snapshot } = observation;
  const rates = rateHistory(throughput.migration, snapshot.takenAt, 3600, cells);
  // Per minute, as the rate in line 2, however many minutes a cell of the sparkline has.
  const peak = hourlyPeak(state, observation);
  // Line 2 has the rate of the current phase.
  const isOfExecution = (observation.migration.currentPhase ?? 'execution') === 'execution';
  const unit = isOfExecution ? 'rec/s ' : 'execution rec/s ';
  const chart = (hour: string): Line => [text(unit, 'dim'), sparkline(rates, theme), text(hour, 'dim')];
  const right = chart(peak === null ? hourText : `${hourText.trimEnd()}, highest minute ${rate(peak, 7)} `);
  const noted = withNotes(kept, holds[0] ?? '', common);
  if (lineWidth(noted) + lineWidth(right) < width) return spread(noted, right, width, theme);
  // The reason of a pause is nowhere else in the list; the rates are in line 2 too, and the row shows that it has ended.
  if (holds.length > 0) {
    const inShort = kept.replace('selected: ', '1 ');
    const texts = [noted, ...holds.flatMap((hold) => [kept, inShort].map((one) => withNotes(one, hold)))];
    return texts.find((one) => lineWidth(one) <= width) ?? cutLine(texts.at(-1) ?? noted, width, theme);
  }
  const fitting = [right, chart(hourText)].find((one) => lineWidth(left) + lineWidth(one) < width);
  return fitting === undefined ? left : spread(left, fitting, width, theme);
}

/** How long the chart of rates is. */
const hourText = ' 60m ';

function failuresTitle(observation: Observation, matching: TwoLists['matching'], shownKinds: number): Line {
  const { triage } = observation;
  const retries = openRetriesOf(observation);
  const { unresolved, kinds } = matching ?? failureNumbers(triage);
  const kindsText = `${count(kinds)} ${kinds === 1 ? 'kind' : 'kinds'}`;
  const more = shownKinds === 0 ? `, in ${kindsText}` : `, ${count(shownKinds)} of ${kindsText} shown`;
  return [
    text(' FAILURES', 'strong'),
    text('  '),
    ...(triage.unresolved === 0
      ? []
      : unresolvedNote(unresolved, matching === undefined ? null : triage.unresolved, retries)),
    text(kinds > shownKinds ? more : '', 'dim'),
  ];
}
