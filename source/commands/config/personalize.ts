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
