/**
 * The README's table of keys, made from the registry.
 *
 * `node scripts/key-table.ts` writes it between `<!-- keys -->` and `<!-- /keys -->` of README.md; `--print` prints it;
 * `--check` exits 1 where README.md has another one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, commands, keyName, type Scope } from '../source/monitor/commands.ts';

const marks = { begin: '<!-- keys -->', end: '<!-- /keys -->' } as const;

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

/** A text with the table between its marks. @throws where it has no marks */
export function withKeyTable(text: string): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin === -1 || end < begin)
    throw new Error(`README.md has no ${marks.begin} … ${marks.end} for the table of keys.`);
  return `${text.slice(0, begin + marks.begin.length)}\n${keyTable()}\n${text.slice(end)}`;
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

if (import.meta.main) {
  const readme = new URL('../README.md', import.meta.url);
  const now = readFileSync(readme, 'utf8');
  const due = withKeyTable(now);
  const [flag] = process.argv.slice(2);
  if (flag === '--print') console.log(keyTable());
  else if (flag !== '--check') writeFileSync(readme, due);
  else if (now !== due) {
    console.error(
      'The table of keys in README.md is not the registry’s. Write it anew with: node scripts/key-table.ts',
    );
    process.exitCode = 1;
  }
}
