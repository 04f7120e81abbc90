import type { OutputOverlay } from '../monitor/overlay.ts';
import { bodyRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import type { Theme } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import type { BodyLine } from './list.ts';

/** The output of a command of the configuration file. */
export function outputLines({ title, lines, top, result }: OutputOverlay, window: Window, theme: Theme): BodyLine[] {
  const height = Math.max(1, bodyRows(window) - 1);
  const visible = lines.slice(top, top + height);
  const place = lines.length > height ? `  ${top + 1}-${top + visible.length} of ${lines.length}` : '';
  const state = result === null ? text('  running', 'live') : text(`  ${result.text}`, result.isGood ? 'good' : 'bad');
  const head = [text(` ${title.toUpperCase()}`, 'strong'), state, text(place, 'dim')];
  return [
    { line: cutLine(head, window.columns, theme) },
    ...visible.map((line) => ({ line: cutLine([text(` ${line}`)], window.columns, theme) })),
  ];
}
