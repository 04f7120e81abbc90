import { legendOf } from '../presentation/legend.ts';
import { widthOf, wrap } from '../presentation/text-width.ts';
import { type Theme, themeOf } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import type { Command } from './command.ts';
import { commandsOf, scopeOf } from './commands.ts';
import { type HelpEntry, helpEntries, helpParts } from './help-entries.ts';
import type { MonitorState } from './state.ts';

/** One line of the help overlay. */
export interface HelpLine {
  readonly keys: string;
  readonly meaning: string;
  /** Whether it is the heading of a part. */
  readonly isHeading?: true;
}

const noLine: HelpLine = { keys: '', meaning: '' };

/** From this width on the help has two columns, side by side. */
const twoColumns = 78;

/** How wide the keys are. */
const keyColumns = 10;

/** From this width on, all keys of an entry are on one line. */
const allKeysFrom = 150;
const allKeyColumns = 25;

/**
 * The ids of the commands that act here, also those that cannot run on the selected row, and of those that change what is shown and can
 * run now; not those that move the cursor or that work everywhere.
 */
export function commandsHere(state: MonitorState): readonly string[] {
  const scope = scopeOf(state);
  return commandsOf(state)
    .filter(({ group, scopes }) => (group === 'Act' || group === 'Look') && scopes.includes(scope))
    .filter((command) => command.group === 'Act' || command.disabledReason(state) === null)
    .map(({ id }) => id);
}

/** A part of the help: the keys that work here, those of another place, or the legend. */
interface HelpPart {
  readonly heading: string;
  readonly entries: readonly HelpEntry[];
}

/**
 * Every key of the registry, and the legend of signs and columns.
 *
 * @param here ids of the commands that come first
 */
export function helpContent(
  commands: readonly Command[],
  theme: Theme,
  here: readonly string[] = [],
): readonly HelpPart[] {
  const isHere = ({ id, group }: Command): boolean => (group === 'Act' || group === 'Look') && here.includes(id);
  const legend = legendOf(theme).map(({ sign, ...entry }) => ({ ...entry, keys: sign, brief: entry.meaning }));
  const elsewhere = helpParts(commands.filter((command) => !isHere(command))).map((part) => ({
    heading: part.heading,
    entries: helpEntries(part.commands),
  }));
  return [
    { heading: 'KEYS THAT WORK HERE', entries: helpEntries(commands.filter(isHere)) },
    ...elsewhere.slice(0, partsBeforeSigns),
    { heading: 'SIGNS AND COLUMNS', entries: legend },
    ...elsewhere.slice(partsBeforeSigns),
  ].filter(({ entries }) => entries.length > 0);
}

/** The keys of menus and text fields come last: the lines above and below these name them. */
const partsBeforeSigns = 3;

/** How wide the parts of a line of the help are. The place of a sign is said with its meaning. */
export function helpWidths({ columns }: Pick<Window, 'columns'>) {
  const isWide = columns >= twoColumns;
  const keys = columns >= allKeysFrom ? allKeyColumns : keyColumns;
  const meaning = isWide ? Math.floor(columns / 2) - keys - 4 : columns - keys - 5;
  return { isWide, keys, meaning };
}

/** The rows of the help overlay: of one line, or in two columns of two lines. A long text takes more rows. */
export function helpRows(
  commands: readonly Command[],
  theme: Theme,
  window: Pick<Window, 'columns'>,
  here?: readonly string[],
): readonly (readonly HelpLine[])[] {
  const content = helpContent(commands, theme, here);
  const widths = helpWidths(window);
  return content.flatMap(({ heading, entries }, index) => {
    const blank = index === 0 ? [] : [[noLine]];
    const title: HelpLine[] = [{ ...noLine, meaning: heading, isHeading: true }];
    return [...blank, title, ...rowsOf(entries, widths)].map((row) =>
      widths.isWide ? [row[0] ?? noLine, row[1] ?? noLine] : row,
    );
  });
}

type Widths = ReturnType<typeof helpWidths>;

/** The lines of some entries, in the order in which they are read: from left to right if there are two columns. */
function rowsOf(entries: readonly HelpEntry[], widths: Widths): readonly (readonly HelpLine[])[] {
  if (!widths.isWide) return entries.flatMap((entry) => linesOf(entry, widths).map((line) => [line]));
  const rows: HelpLine[][] = [];
  for (let index = 0; index < entries.length; index += 2) {
    const [left = [], right = []] = entries.slice(index, index + 2).map((entry) => linesOf(entry, widths));
    for (let line = 0; line < Math.max(left.length, right.length); line++)
      rows.push([left[line] ?? noLine, right[line] ?? noLine]);
  }
  return rows;
}

function linesOf({ keys, place, meaning, brief }: HelpEntry, widths: Widths): readonly HelpLine[] {
  const said = widthOf(meaning) <= widths.meaning ? meaning : brief;
  const isSaid = !['', 'everywhere', 'column', 'LAST PROG'].includes(place);
  const meanings = wrap(isSaid ? `${place}: ${said}` : said, widths.meaning);
  const allKeys = keyLines(keys, widths.keys - 1);
  return Array.from({ length: Math.max(meanings.length, allKeys.length) }, (_, index) => ({
    keys: allKeys[index] ?? '',
    meaning: meanings[index] ?? '',
  }));
}

/** The keys in lines; a key is never broken. */
function keyLines(keys: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const key of keys.split(' ')) {
    const last = lines.pop();
    if (last === undefined) lines.push(key);
    else if (widthOf(last) + 1 + widthOf(key) > width) lines.push(last, key);
    else lines.push(`${last} ${key}`);
  }
  return lines;
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
