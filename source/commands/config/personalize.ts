import { nearName } from '../../domain/near-name.ts';
import { bindCommands, ownCommands } from '../../monitor/commands.ts';
import { customCommand, customId } from '../../monitor/custom-commands.ts';
import { boundCommands } from '../../monitor/key-bindings.ts';
import { chooseColumns, columnNames } from '../../presentation/chosen-columns.ts';
import type { Config } from './config.ts';

/**
 * Gives the monitor the keys, the commands and the columns of the configuration file.
 *
 * @throws {DatabaseError} kind `usage`, with the place in the file
 */
export function personalize({ keys, commands, columns, wrong }: Config): void {
  const added = commands.map(customCommand);
  const bound = boundCommands(ownCommands, keys, added, (id, problem) => {
    const custom = commands.find(({ name }) => customId(name) === id);
    return custom === undefined ? wrong(['keys', id], problem) : wrong(['commands', custom.name, 'key'], problem);
  });
  for (const [list, names] of Object.entries(columns)) {
    const written = names.map((name) => name.trim().toLowerCase());
    if (written.length === 0) throw wrong(['columns', list], `columns.${list} names no column`);
    if (new Set(written).size < written.length) throw wrong(['columns', list], `columns.${list} names a column twice`);
  }
  chooseColumns(columns, (list, name) => {
    const names = columnNames(list);
    const near = nearName(name, names);
    const shown = /^[\w /-]{1,40}$/.test(name) ? `"${name}"` : 'of that name';
    throw wrong(
      ['columns', list],
      `columns.${list}: there is no column ${shown}${near === null ? `: use ${names.join(', ')}` : `; did you mean: ${near}`}`,
    );
  });
  bindCommands(bound);
}
