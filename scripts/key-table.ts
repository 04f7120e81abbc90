/** Generates the tables of keys in the documents from the registry of commands. */
import { type Command, keyName, placesOf } from '../source/monitor/command.ts';
import { ownCommands } from '../source/monitor/commands.ts';
import { tableLines, withinCell } from '../source/presentation/markdown.ts';

/** The commands of the table: all except the usual keys of text fields, which only the help lists. */
export const tabulated = ownCommands.filter(({ group }) => group !== 'Type');

/** The table as Markdown, with one row per command. */
export function keyTable(): string {
  const rows = tabulated.map((command) => [keysOf(command), placesOf(command), withinCell(command.help)]);
  return tableLines(['Key', 'Where', 'What'], rows).join('\n');
}

const groups: readonly Command['group'][] = ['Act', 'Look', 'Move', 'Program'];

/** The keys of the lists as Markdown: one row per group, each key with the words of the key line. */
export function keySummary(): string {
  const rows = groups.map((group) => {
    const commands = ownCommands.filter((one) => one.group === group && one.scopes.includes('list'));
    return `| ${group} | ${commands.map((one) => `${keysOf({ ...one, keys: one.keys.slice(0, 1) })} ${one.label.replaceAll('-', ' ')}`).join(' · ')} |`;
  });
  return ['| | Keys of the lists |', '| --- | --- |', ...rows].join('\n');
}

function keysOf({ keys }: Pick<Command, 'keys'>): string {
  return keys.map((key) => `\`${withinCell(keyName(key))}\``).join(' ');
}
