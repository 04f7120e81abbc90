import { legendOf } from '../presentation/legend.ts';
import { type Theme, themeOf } from '../presentation/theme.ts';
import { keyName, placesOf } from './command.ts';
import { commands } from './commands.ts';

/** One line of the help overlay. */
export interface HelpLine {
  readonly keys: string;
  readonly place: string;
  readonly meaning: string;
}

/** The lines of the help overlay: every key of the registry, then the legend of signs and columns. */
export function helpLines(theme: Theme): readonly HelpLine[] {
  return [
    ...commands.map((command) => ({
      keys: command.keys.map(keyName).join(' '),
      place: placesOf(command),
      meaning: command.help,
    })),
    { keys: '', place: '', meaning: '' },
    ...legendOf(theme).map(({ sign, place, meaning }) => ({ keys: sign, place, meaning })),
  ];
}

/** How many lines the help overlay has: as many in every theme. */
export const helpLength = helpLines(themeOf({})).length;
