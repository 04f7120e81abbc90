import { legendOf } from '../presentation/legend.ts';
import { widthOf, wrap } from '../presentation/text-width.ts';
import { type Theme, themeOf } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { type Command, keyName, placesOf } from './command.ts';
import { commandsOf, scopeOf } from './commands.ts';
import type { MonitorState } from './state.ts';

/** One line of the help overlay. */
export interface HelpLine {
  readonly keys: string;
  readonly place: string;
  readonly meaning: string;
}

const noLine: HelpLine = { keys: '', place: '', meaning: '' };

/** How wide the window has to be for two columns of keys, side by side. */
const twoColumns = 118;

/** The ids of the commands that act on what is shown and can run now; not those that move the cursor or that work everywhere. */
export function commandsHere(state: MonitorState): readonly string[] {
  const scope = scopeOf(state);
  return commandsOf(state)
    .filter(({ group, scopes }) => (group === 'Act' || group === 'Look') && scopes.includes(scope))
    .filter((command) => command.disabledReason(state) === null)
    .map(({ id }) => id);
}

/**
 * The lines of the help overlay: every key of the registry, then the legend of signs and columns.
 *
 * @param here ids of the commands that come first
 */
export function helpLines(
  commands: readonly Command[],
  theme: Theme,
  here: readonly string[] = [],
): readonly HelpLine[] {
  const line = (command: Command): HelpLine => ({
    keys: command.keys.map(keyName).join(' '),
    place: placesOf(command),
    meaning: command.help,
  });
  const isHere = ({ id, group }: Command): boolean => (group === 'Act' || group === 'Look') && here.includes(id);
  const first = commands.filter(isHere).map(line);
  return [
    ...first,
    ...(first.length === 0 ? [] : [noLine]),
    ...commands.filter((command) => !isHere(command)).map(line),
    noLine,
    ...legendOf(theme).map(({ sign, place, meaning }) => ({ keys: sign, place, meaning })),
  ];
}

/** How wide the parts of a line of the help are. In a wide window there is no room for the places. */
export function helpWidths(lines: readonly HelpLine[], { columns }: Pick<Window, 'columns'>) {
  const isWide = columns >= twoColumns;
  const keys = Math.max(...lines.map((line) => widthOf(line.keys))) + 1;
  const place = isWide ? 0 : Math.max(...lines.map((line) => line.place.length));
  return { isWide, keys, place, meaning: isWide ? Math.floor(columns / 2) - keys - 4 : columns - keys - place - 6 };
}

/** The lines of the help overlay as rows of one or, in a wide window, two lines side by side. A long meaning takes more lines. */
export function helpRows(
  commands: readonly Command[],
  theme: Theme,
  window: Pick<Window, 'columns'>,
  here?: readonly string[],
): readonly (readonly HelpLine[])[] {
  const whole = helpLines(commands, theme, here);
  const { isWide, meaning: width } = helpWidths(whole, window);
  const lines = whole.flatMap((line): HelpLine[] => {
    // Most keys work in the lists.
    const isSaid = isWide && line.place !== '' && !/lists|everywhere/.test(line.place);
    return wrap(isSaid ? `${line.place}: ${line.meaning}` : line.meaning, width).map((meaning, index) =>
      index === 0 ? { ...line, meaning } : { ...noLine, meaning },
    );
  });
  if (!isWide) return lines.map((line) => [line]);
  const half = Math.ceil(lines.length / 2);
  return lines.slice(0, half).map((line, index) => [line, lines[half + index] ?? noLine]);
}

const usual = themeOf({});

/** How many rows the help overlay has: as many in every theme. */
export function helpLength(
  commands: readonly Command[],
  window: Pick<Window, 'columns'>,
  here?: readonly string[],
): number {
  return helpRows(commands, usual, window, here).length;
}
