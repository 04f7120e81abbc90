import { nearName } from '../../domain/near-name.ts';
import { ownCommands } from '../../monitor/commands.ts';
import { customCommand, customId } from '../../monitor/custom-commands.ts';
import { boundCommands } from '../../monitor/key-bindings.ts';
import type { Personal } from '../../monitor/personal.ts';
import { columnNames, hasColumn } from '../../presentation/chosen-columns.ts';
import type { Config } from './config.ts';
import type { ColumnList } from './declaration.ts';

/**
 * The keys, the commands and the columns that the configuration file chooses for the monitor.
 *
 * @throws {DatabaseError} kind `usage`, with the place in the file
 */
export function personalize({ keys, commands, columns, wrong }: Config): Personal {
  const bound = boundCommands(ownCommands, keys, commands.map(customCommand), (id, problem) => {
    const custom = commands.find(({ name }) => customId(name) === id);
    return custom === undefined ? wrong(['keys', id], problem) : wrong(['commands', custom.name, 'key'], problem);
  });
  for (const [list, names] of Object.entries(columns) as [ColumnList, readonly string[]][]) {
    const written = names.map((name) => name.trim().toLowerCase());
    if (written.length === 0) throw wrong(['columns', list], `columns.${list} names no column`);
    if (new Set(written).size < written.length) throw wrong(['columns', list], `columns.${list} names a column twice`);
    for (const name of names) if (!hasColumn(list, name)) throw wrong(['columns', list], noColumn(list, name));
  }
  const chordsOf = new Map(bound.map((command) => [command.id, command.keys]));
  return {
    keys: new Map([...keys.keys()].map((id) => [id, chordsOf.get(id) ?? []])),
    commands: commands.map(({ name, title, scope }) => ({
      name,
      key: chordsOf.get(customId(name))?.[0] ?? null,
      title,
      scope,
    })),
    columns,
  };
}

function noColumn(list: ColumnList, name: string): string {
  const names = columnNames(list);
  const near = nearName(name, names);
  const shown = /^[\w /-]{1,40}$/.test(name) ? `"${name}"` : 'of that name';
  const hint = near === null ? `: use ${names.join(', ')}` : `; did you mean: ${near}`;
  return `columns.${list}: there is no column ${shown}${hint}`;
}
