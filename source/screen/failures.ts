import { cleanText } from '../domain/clean-text.ts';
import { readError } from '../domain/found-failures.ts';
import type { Observation } from '../domain/observation.ts';
import { openRetriesOf } from '../domain/open-retry.ts';
import { skippedOfKind } from '../domain/skipped-failures.ts';
import { watchedRetry } from '../monitor/canary.ts';
import { keyOf } from '../monitor/commands.ts';
import { hasAllActions } from '../monitor/counted-bulk.ts';
import { failureNumbers, isSearching, listsResolved, matchingTriage } from '../monitor/failures-view.ts';
import { resolvedFilter } from '../monitor/filter-facts.ts';
import type { MonitorState, TwoLists } from '../monitor/state.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { withDifferingErrors } from '../presentation/differing-error.ts';
import { count } from '../presentation/figures.ts';
import { failuresNote, kindFacts } from '../presentation/kind-columns.ts';
import { skippedText } from '../presentation/kind-handoff.ts';
import { suggestionText } from '../presentation/kind-suggestion.ts';
import { isDocked, listColumns, listRows } from '../presentation/layout.ts';
import { cutLine, lineWidth, text } from '../presentation/line.ts';
import { readingNote } from '../presentation/reading-note.ts';
import { retriedSentence } from '../presentation/retried-text.ts';
import type { KindRow, OperationRow } from '../presentation/rows.ts';
import { wrap } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { type BodyLine, emptyText, endedNote, noted, noteIndent, outsideNote, padded, sortNote } from './list.ts';
import { deadlineNote } from './migration.tsx';
import { newestLines } from './newest-of-kind.ts';
import { skippedKindsNote } from './skipped-kinds.ts';
import { viewList } from './view-list.ts';

/** The Failures view: the kinds of failure, or the failures of the open kind. */
export function failuresLines(
  state: MonitorState,
  observation: Observation,
  { operations, kinds, matching }: TwoLists,
  context: CellContext,
): BodyLine[] {
  return state.failureKind === null
    ? kindsLines(state, observation, kinds, context, matching)
    : membersLines(state, observation, state.failureKind, operations, context);
}

function kindsLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly KindRow[],
  context: CellContext,
  matching: TwoLists['matching'],
): BodyLine[] {
  const width = listColumns(state.view, state.window);
  const advice = adviceOf(state, observation, rows, context);
  const height = listRows('failures', state.window) - advice.length;
  const { triage } = observation;
  const { theme } = context;
  const order = sortNote(state);
  const columns = columnsOf(state.personal.columns, 'kinds');
  const list = viewList(state, context, { rows, columns, empty: emptyText(state, emptyKinds(observation)) });
  const filter = resolvedFilter(state);
  const isSearched = filter === null || !isSearching(observation, filter, state.found);
  const searching = isSearched ? '' : `searching the errors of ${count(triage.failed)} failures`;
  const shared = [searching, order, list.common].filter(Boolean).map((note) => text(`  ${note}`, 'dim'));
  const notes: readonly Line[] = triage.isWhole
    ? failuresNote(
        matching ?? { ...failureNumbers(triage), retries: openRetriesOf(observation) },
        matching === undefined ? null : triage.unresolved,
        {
          hidden: !listsResolved(state),
          name: keyOf(state, 'show-resolved'),
        },
      )
    : [[text(`  ${readingNote(observation)}`, 'dim')]];
  const lefts = notes.map((note) => [...list.title('FAILURES', height).line, ...note, ...shared]);
  const left = lefts.find((one) => lineWidth(one) <= width) ?? lefts.at(-1) ?? [];
  const due = deadlineNote(state, theme);
  const listed = list.lines(height);
  const under = rows.find(({ key }) => key === state.cursors.failures.key);
  const skipped = skippedKindsNote(state, observation);
  // Below the list, if the title has no room for it and the list leaves one.
  const isBelow = lineWidth(left) + skipped.length + 2 > width && listed.length < height;
  const title = skipped === '' || isBelow ? left : [...left, text(`  ${skipped}`, 'dim')];
  const lines = isBelow ? [...listed, { line: [text(`${noteIndent}${skipped}`, 'dim')] }] : listed;
  const room = Math.max(0, height + 1 - lines.length);
  const newest = padded(under === undefined ? [] : newestLines(state, under, room, context), room);
  return [
    {
      line: cutLine(
        lineWidth(title) + due.length + 2 <= width ? [...title, text(`  ${due}`, 'dim')] : title,
        width,
        theme,
      ),
    },
    ...lines,
    ...(under === undefined ? [] : [...newest, ...advice]),
  ];
}

/** Minimum number of rows below the list for the whole text of the kind under the cursor, and the advice on it. */
const adviceRows = 4;

/**
 * The whole text of the kind under the cursor, and what usually helps: cut only if the list needs the rows. In rows that are free, all
 * its tables and workers, which the columns cut or have no room for.
 */
function adviceOf(
  monitor: MonitorState,
  observation: Observation,
  rows: readonly KindRow[],
  context: CellContext,
): readonly BodyLine[] {
  const { cursors, view, window } = monitor;
  const { theme } = context;
  const width = listColumns(view, window);
  const row = rows.find(({ key }) => key === cursors.failures.key);
  if (row === undefined) return padded([], adviceRows);
  const { summary } = row;
  const watching = watchingNote(monitor, observation, summary.kind);
  const { sqlState, kind } = summary;
  // The error may name it, and with it the kind.
  const state = sqlState === null || kind.includes(`SQLSTATE ${sqlState}`) ? '' : ` (SQLSTATE ${sqlState})`;
  // The parent tables of a foreign key are on a separate line.
  const advice = (suggestionText(summary, observation) ?? '').split(/(?<=\.) (?=Parents: )/);
  const room = width - indent.length;
  const accepted = acceptedNote(observation, summary);
  const texts = [
    `${summary.kind}${state}`,
    watching,
    retriedSentence(row.retries, summary.unresolved),
    accepted,
    ...advice,
  ]
    .filter((one, index) => index === 0 || one !== '')
    .map((one) => wrap(one, room));
  let free = Math.max(adviceRows, listRows('failures', window) - rows.length) - 1 - texts.length;
  const lines = texts.flatMap((all, index) => {
    const kept = Math.min(all.length, 1 + Math.max(0, free));
    free -= kept - 1;
    const last = all.slice(kept - 1, kept + 1).join(' ');
    return [...all.slice(0, kept - 1), last].map((line) =>
      text(`${indent}${line}`, index === 0 && summary.unresolved > 0 ? 'bad' : 'plain'),
    );
  });
  // A wide window lists the failures themselves there.
  for (const fact of isDocked(view, window) ? [] : kindFacts(summary, context)) {
    const whole = wrap(fact, room);
    if (whole.length > free) break;
    free -= whole.length;
    lines.push(...whole.map((line) => text(`${indent}${line}`, 'dim')));
  }
  return padded(
    [{ line: [] }, ...lines.map((line): BodyLine => ({ line: cutLine([line], width, theme) }))],
    adviceRows,
  );
}

const indent = '   ';

/** The state of the watched retry of a kind, and the next step; '' if none is watched. */
function watchingNote(state: MonitorState, observation: Observation, kind: string): string {
  const retry = watchedRetry(state, observation);
  if (retry?.failureKind !== kind) return '';
  if (retry.left === 0) return retry.text;
  const then = `${keyOf(state, 'retry')} retries the other ${count(retry.left)}`;
  return retry.status === 'completed' ? `${retry.text}: ${then}` : `${retry.text}: once it completes, ${then}`;
}

/** Who accepted failures of a kind, and why: of the newest one, with their number if it is not all; '' if none is accepted. */
function acceptedNote({ triage }: Observation, { kind, accepted, failed }: KindRow['summary']): string {
  if (accepted === 0) return '';
  for (const id of triage.membersOf(kind)) {
    const resolution = triage.of(id)?.resolution;
    if (resolution?.kind !== 'accepted') continue;
    const number = accepted === failed ? '' : `${count(accepted)} of ${count(failed)} `;
    return `${number}accepted by ${resolution.who}: ${resolution.note}`;
  }
  return '';
}

function membersLines(
  state: MonitorState,
  observation: Observation,
  kind: string,
  rows: readonly OperationRow[],
  context: CellContext,
): BodyLine[] {
  const { triage } = observation;
  const width = listColumns(state.view, state.window);
  const kindLines = wrap(kind, width - indent.length);
  const free = listRows('failures', state.window) - rows.length;
  const shownKind = kindLines.slice(0, Math.max(1, Math.min(kindLines.length, free)));
  const error = errorUnder(state, rows, free - shownKind.length, { width, theme: context.theme });
  const height = listRows('failures', state.window) - shownKind.length - error.length;
  const summary = triage.kinds.find((one) => one.kind === kind);
  const filter = resolvedFilter(state);
  const matching = matchingTriage(observation, filter, state.found).kinds.find((one) => one.kind === kind);
  const matchingNumber = listsResolved(state) ? matching?.failed : matching?.unresolved;
  const all = matchingNumber ?? rows.length;
  const ofFilter = state.filter === '' ? '' : `${count(matchingNumber ?? 0)} match the filter`;
  const backAndOpen = `${keyOf(state, 'back')} and ${keyOf(state, 'open')} list all`;
  const more = all > rows.length ? `the newest ${count(rows.length)} of ${count(all)} (${backAndOpen})` : '';
  const skipped = skippedOfKind(kind, state.activity, observation.memo).length;
  const columns = columnsOf(state.personal.columns, 'failures');
  const list = viewList(state, context, {
    rows: withDifferingErrors(rows, kind),
    columns,
    empty: emptyText(state, 'none of this kind is unresolved'),
  });
  const notes = [
    ofFilter,
    `${count(summary?.unresolved ?? 0)} unresolved of ${count(summary?.failed ?? 0)} failed${ofFilter === '' ? '' : ' in all'}${skippedText(skipped, hasAllActions(state))}`,
    `${keyOf(state, 'back')} shows the kinds`,
    more,
    endedNote(state),
    outsideNote(state),
    sortNote(state),
    list.common,
    watchingNote(state, observation, kind),
    deadlineNote(state, context.theme),
  ];
  const titleOf = (visible: number): BodyLine => list.title('FAILURES', visible);
  const [title, ...others] = noted(titleOf, notes, list.lines, {
    height: height + 1,
    width,
    theme: context.theme,
  });
  const last = shownKind.length - 1;
  return [
    ...(title === undefined ? [] : [title]),
    ...shownKind.map((line, index): BodyLine => {
      const whole = index === last ? kindLines.slice(last).join(' ') : line;
      return {
        line: cutLine([text(`${indent}${whole}`, summary?.unresolved === 0 ? 'plain' : 'bad')], width, context.theme),
      };
    }),
    ...padded(others, error.length === 0 ? 0 : height + 1),
    ...error,
  ];
}

/** Rows for the whole error of the row under the cursor, below a blank line; in a low window only those that are free. */
const errorRows = 4;
const errorFrom = 20;

/** The error under the cursor in full, as far as the list does not need the rows. A wide window shows it beside the list. */
function errorUnder(
  { cursors, window, view }: MonitorState,
  rows: readonly OperationRow[],
  free: number,
  { width, theme }: { readonly width: number; readonly theme: Theme },
): readonly BodyLine[] {
  if (isDocked(view, window) || window.rows < errorFrom) return [];
  const row = rows.find(({ key }) => key === cursors.failures.key);
  const read = cleanText(row?.operation.errorMessage ?? '').slice(0, longestError);
  const error = read.length < readError ? read : `${read} ${theme.glyphs.ellipsis}`;
  const lines = wrap(error, width - indent.length).map((line) => line.trimEnd());
  const most = Math.max(errorRows, free) - 1;
  const cut =
    lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]} ${theme.glyphs.ellipsis}`] : lines;
  const tone = row?.resolution != null && row.resolution.kind !== 'unresolved' ? 'plain' : 'bad';
  const shown = cut.map((line): BodyLine => ({ line: cutLine([text(`${indent}${line}`, tone)], width, theme) }));
  // The list keeps its height, whichever row the cursor is on.
  return padded([{ line: [] }, ...shown], errorRows);
}

/** How much of an error is wrapped for the list. */
const longestError = 4000;

function emptyKinds({ triage }: Observation): string {
  if (!triage.isWhole) return 'reading …';
  return triage.failed === 0 ? 'nothing has failed' : 'every failure is resolved or accepted';
}
