import { listedResults, type ResultRow, type ResultsOverlay, wasChanged } from '../monitor/results-list.ts';
import { bulkRowsNow, troubleNow } from '../monitor/results-now.ts';
import type { MonitorState } from '../monitor/state.ts';
import { resultText } from '../presentation/action-text.ts';
import { showsWhetherStopped, troubleText } from '../presentation/activity-bulk.ts';
import { doneWord, unchangedText } from '../presentation/bulk-text.ts';
import { count } from '../presentation/figures.ts';
import { overlayRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { refusalOfOne } from '../presentation/plan-text.ts';
import { reachedText } from '../presentation/reached-text.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import { truncate, widthOf } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import type { BodyLine } from './list.ts';

const idColumns = 10;

/** Maximum width of the names of tables, by the width of the window: the result matters more than the end of a long name. */
const nameColumns = (columns: number): number => (columns < 100 ? 18 : columns < 160 ? 30 : 63);

/** The lines of the outcomes of an action on many: rows that were not changed first. Only the lines in the window are made. */
export function resultsLines(state: MonitorState, overlay: ResultsOverlay, theme: Theme): BodyLine[] {
  const { window } = state;
  const { action, what, rows, index } = overlay;
  const now = bulkRowsNow(state, overlay.key);
  const listed = listedResults(overlay);
  const height = overlayRows('help', window);
  const top = Math.max(0, Math.min(index - Math.floor(height / 2), listed.length - height));
  const visible = listed.slice(top, top + height);
  const tableColumns = Math.min(
    nameColumns(window.columns),
    Math.max(5, ...visible.map(({ tableName }) => widthOf(tableName))),
  );
  const place = listed.length > height ? `  ${count(top + 1)}-${count(top + visible.length)}` : '';
  // A narrow window cuts what the action was on, not its result.
  const title = [text(' RESULTS', 'strong'), text(`${place}  `), ...changedText(action, rows, now), text(`: ${what}`)];
  const padded = (name: string): string => {
    const cut = truncate(name, tableColumns, theme.glyphs.ellipsis);
    return cut + ' '.repeat(Math.max(0, tableColumns - widthOf(cut)));
  };
  const lines = visible.map((row, offset): BodyLine => {
    const selected = top + offset === index;
    const isDone = wasChanged(row) && troubleNow(now.get(row.id)) === null;
    const line = [
      text(selected ? ` ${theme.glyphs.cursor} ` : '   '),
      text(`${String(row.id).padStart(idColumns)}  ${padded(row.tableName)}  `),
      text(
        `${isDone ? theme.glyphs.good : theme.glyphs.bad} ${resultOf(row, action, now.get(row.id))}`,
        isDone ? 'good' : 'warn',
      ),
    ];
    return { line: cutLine(line, window.columns, theme), selected };
  });
  const columns = text(`   ${'ID'.padStart(idColumns)}  ${'TABLE'.padEnd(tableColumns)}    RESULT`, 'dim');
  return [
    { line: cutLine(title, window.columns, theme) },
    { line: cutLine([columns], window.columns, theme) },
    ...(listed.length === 0 ? [{ line: [text('   no row has trouble', 'dim')] }] : lines),
  ];
}

/** How many rows the action changed, and how many have not kept that, in the word of its message: `paused 22 of 23, 1 overwritten`. */
function changedText(action: string, rows: readonly ResultRow[], now: ReadonlyMap<number, ActivityRow>): Line {
  const changed = rows.filter(wasChanged);
  const troubles = Map.groupBy(changed, ({ id }) => troubleNow(now.get(id)));
  const since = (['overwritten', 'not stopped', 'gone'] as const).flatMap((trouble) => {
    const isKnown = ({ id }: ResultRow): boolean => {
      const row = now.get(id);
      return row !== undefined && (trouble !== 'not stopped' || showsWhetherStopped(row));
    };
    const many = troubles.get(trouble)?.length ?? 0;
    return troubleText(many, trouble, many === 0 || changed.every(isKnown)).map((one) => `, ${one}`);
  });
  return [text(`${doneWord(action)} ${count(changed.length)} of ${count(rows.length)}`), text(since.join(''), 'bad')];
}

function resultOf(row: ResultRow, action: string, now: ActivityRow | undefined): string {
  if (row.kind === 'refused') return refusalOfOne(action, row.reason);
  if (wasChanged(row) && now?.entry?.outcome === 'applied') return resultText(now.entry, now.result, now.tracked);
  if (row.kind === 'audited') return resultText(row.entry, null);
  const { outcome, from, to } = row;
  return outcome.kind === 'applied' && outcome.added === undefined
    ? reachedText(action, to)
    : unchangedText(outcome, from);
}
