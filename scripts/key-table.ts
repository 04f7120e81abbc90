/** The table of keys of README.md, made from the registry. */
import { type Command, commands, keyName, type Scope } from '../source/monitor/commands.ts';

const places: Readonly<Record<Scope, string>> = {
  list: 'lists',
  detail: 'detail',
  help: 'help',
  confirm: 'skip dialog',
  reason: 'reason',
  since: 'since',
  filter: 'filter',
};

/** The table as Markdown, a row a command. */
export function keyTable(): string {
  const rows = commands.map((command) => [keysOf(command), placesOf(command), escaped(command.help)]);
  return [['Key', 'Where', 'What'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function keysOf({ keys }: Command): string {
  return keys.map((key) => `\`${escaped(keyName(key))}\``).join(' ');
}

function placesOf({ scopes }: Command): string {
  return scopes.length === Object.keys(places).length ? 'everywhere' : scopes.map((scope) => places[scope]).join(', ');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
