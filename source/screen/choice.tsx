import { useSyncExternalStore } from 'react';
import { type Choice, type ChoiceState, foundTargets } from '../monitor/choice.ts';
import { keyOf } from '../monitor/commands.ts';
import { notPersonal } from '../monitor/personal.ts';
import { cutLine, spread, text, typedPart } from '../presentation/line.ts';
import { graphemesOf, measureAmbiguousAs, toWidth, widthOf } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { useTerminalInput } from './input/use-terminal-input.ts';
import { paintLine } from './paint.ts';
import { Rows } from './rows.tsx';

/** The choice of a target, on the whole window. */
export function ChoiceScreen({ choice, theme }: { readonly choice: Choice; readonly theme: Theme }) {
  const state = useSyncExternalStore(choice.subscribe, choice.state);
  useTerminalInput(choice, undefined);
  return <Rows rows={choiceRows(state, theme)} />;
}

/** The painted rows of the window. */
export function choiceRows(state: ChoiceState, theme: Theme): readonly string[] {
  const { window } = state;
  measureAmbiguousAs(theme.ambiguousIsWide && !theme.isAscii ? 2 : 1);
  const height = Math.max(1, window.rows - 4);
  const list = listed(state, height, theme);
  const blank = { line: [], selected: false };
  const rows = [
    { line: cutLine([text(' migtop ', 'accent'), text(' choose a target')], window.columns, theme), selected: false },
    blank,
    ...list,
    ...Array.from({ length: height - list.length }, () => blank),
    { line: statusLine(state, theme), selected: false },
    { line: keysLine(state, theme), selected: false },
  ];
  return rows.slice(-window.rows).map(({ line, selected }) => paintLine(line, window.columns, theme, { selected }));
}

function listed(state: ChoiceState, height: number, theme: Theme): { line: Line; selected: boolean }[] {
  const found = foundTargets(state);
  if (found.length === 0) return [{ line: [text('   no matching target', 'dim')], selected: false }];
  const chosen = Math.min(state.index, found.length - 1);
  const top = Math.max(0, chosen - height + 1);
  const { ellipsis, cursor } = theme.glyphs;
  const nameWidth = Math.min(32, Math.max(...state.targets.map(({ name }) => widthOf(name))));
  return found.slice(top, top + height).map(({ name, place, isProduction }, index) => {
    const selected = top + index === chosen;
    const line = [
      text(selected ? ` ${cursor} ` : '   '),
      text(toWidth(name, nameWidth, 'left', ellipsis), 'strong'),
      text('  '),
      ...(isProduction ? [text(' PROD ', 'alarm')] : [text('      ')]),
      text(`  ${place}`),
      ...(name === state.current ? [text('  now', 'dim')] : []),
    ];
    return { line: cutLine(line, state.window.columns, theme), selected };
  });
}

/** The line that says what migtop is doing, or why it failed. */
function statusLine({ connecting, problem, window }: ChoiceState, theme: Theme): Line {
  if (connecting !== null)
    return cutLine([text(` connecting to ${connecting}${theme.glyphs.ellipsis}`)], window.columns, theme);
  return problem === null ? [] : cutLine([text(` ${theme.glyphs.bad} ${problem}`, 'bad')], window.columns, theme);
}

function keysLine(state: ChoiceState, theme: Theme): Line {
  const { password, field, connecting, mayReturn, window } = state;
  const back = connecting !== null ? 'stop' : field.text !== '' ? 'clear' : mayReturn ? 'back' : 'quit';
  const usual = { personal: notPersonal };
  const connect = `${keyOf(usual, 'apply')} ${password === null ? 'connect' : 'log in'}`;
  const keys = [text(`${connect}  ${keyOf(usual, 'back')} ${back} `, 'dim')];
  if (password !== null) {
    const dots = '*'.repeat(graphemesOf(password.field.text).length);
    return spread([text(` password of ${password.user} `, 'accent'), text(dots)], keys, window.columns, theme);
  }
  const typed = typedPart(field, Math.max(1, window.columns - 40));
  return spread([text(' find ', 'accent'), text(typed.text)], keys, window.columns, theme);
}
