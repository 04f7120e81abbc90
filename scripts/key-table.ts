/** Generates the key table of README.md from the registry of commands. */
import { type Command, keyName, placesOf } from '../source/monitor/command.ts';
import { ownCommands } from '../source/monitor/commands.ts';

/** The commands of the table: all except the usual keys of text fields, which only the help lists. */
export const tabulated = ownCommands.filter(({ group }) => group !== 'Type');

/** The table as Markdown, with one row per command. */
export function keyTable(): string {
  const rows = tabulated.map((command) => [keysOf(command), placesOf(command), escaped(command.help)]);
  return [['Key', 'Where', 'What'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function keysOf({ keys }: Command): string {
  return keys.map((key) => `\`${escaped(keyName(key))}\``).join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
