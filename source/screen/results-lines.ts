import { listedResults, type ResultRow, type ResultsOverlay } from '../monitor/results-list.ts';
import type { MonitorState } from '../monitor/state.ts';
import { resultText } from '../presentation/action-text.ts';
import { outcomeText, refusalOfOne, verbOf } from '../presentation/batch-text.ts';
import { count } from '../presentation/figures.ts';
import { overlayRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { reachedText } from '../presentation/reached-text.ts';
import { truncate, widthOf } from '../presentation/text-width.ts';
import type { Theme } from '../presentation/theme.ts';
import type { BodyLine } from './list.ts';

const idColumns = 10;

/** What an action on many did to each row: those that were not changed first. Only the lines in the window are made. */
export function resultsLines({ window }: MonitorState, overlay: ResultsOverlay, theme: Theme): BodyLine[] {
  const { action, what, rows, unchanged, index } = overlay;
  const listed = listedResults(overlay);
  const height = overlayRows('help', window);
  const top = Math.max(0, Math.min(index - Math.floor(height / 2), listed.length - height));
  const visible = listed.slice(top, top + height);
  const tableColumns = Math.min(30, Math.max(5, ...visible.map(({ tableName }) => widthOf(tableName))));
  const place = listed.length > height ? `, ${count(top + 1)}-${count(top + visible.length)}` : '';
  const title = [
    text(' RESULTS', 'strong'),
    text(`  ${verbOf(action)} ${what}: ${count(rows.length - unchanged)} of ${count(rows.length)} changed${place}`),
  ];
  const padded = (name: string): string => {
    const cut = truncate(name, tableColumns, theme.glyphs.ellipsis);
    return cut + ' '.repeat(Math.max(0, tableColumns - widthOf(cut)));
  };
  const lines = visible.map((row, offset): BodyLine => {
    const selected = top + offset === index;
    const isDone =
      (row.kind === 'audited' ? row.entry.outcome : row.kind === 'sent' ? row.outcome.kind : '') === 'applied';
    const line = [
      text(selected ? ` ${theme.glyphs.cursor} ` : '   '),
      text(`${String(row.id).padStart(idColumns)}  ${padded(row.tableName)}  `),
      text(`${isDone ? theme.glyphs.good : theme.glyphs.bad} ${resultOf(row, action)}`, isDone ? 'good' : 'warn'),
    ];
    return { line: cutLine(line, window.columns, theme), selected };
  });
  const columns = text(`   ${'ID'.padStart(idColumns)}  ${'TABLE'.padEnd(tableColumns)}    RESULT`, 'dim');
  return [
    { line: cutLine(title, window.columns, theme) },
    { line: cutLine([columns], window.columns, theme) },
    ...(listed.length === 0 ? [{ line: [text('   every row was changed', 'dim')] }] : lines),
  ];
}

function resultOf(row: ResultRow, action: string): string {
  if (row.kind === 'refused') return refusalOfOne(action, row.reason);
  if (row.kind === 'audited') return resultText(row.entry, null);
  const { outcome, from, to } = row;
  return outcome.kind === 'applied' && outcome.added === undefined
    ? reachedText(action, to)
    : outcomeText(outcome, from);
}
