import { shellWord } from './quote-name.ts';
import { visibleName } from './visible-name.ts';

/**
 * The options that an owner may add to the control table (sql/options/), in the order of installation: the roles need the audit
 * table.
 */
export const optionNames = ['guard', 'audit', 'roles', 'indexes'] as const;

export type OptionName = (typeof optionNames)[number];

/**
 * The command that installs an option, for messages.
 *
 * @param table the full name of the control table, if it is known
 */
export function initCommand(option: OptionName, table = 'public.migration_control'): string {
  const named = table === 'public.migration_control' ? '' : ` --table ${shellWord(visibleName(table))}`;
  return `migtop init --${option} --apply${named}`;
}
