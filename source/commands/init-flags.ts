import { type OptionName, optionNames } from '../domain/option-names.ts';
import { usage, type Words } from './words.ts';

/** The options of `migtop init`. */
export interface InitFlags {
  /** Which options of the table to install or to remove. */
  readonly options: readonly OptionName[];
  readonly remove: boolean;
  /** Whether to remove an audit table that has rows. */
  readonly discardAudit: boolean;
  /** Whether to apply without asking. */
  readonly yes: boolean;
}

/** The options of `init`; `checkInit` says whether they fit each other. */
export function initFlags(given: Words['flags']): InitFlags {
  return {
    options: optionNames.filter((name) => given[name] === true),
    remove: given.remove === true,
    discardAudit: given.discardAudit === true,
    yes: given.yes === true,
  };
}

/** @throws {DatabaseError} kind `usage` if the options do not fit each other */
export function checkInit({ init, apply }: { readonly init: InitFlags; readonly apply: boolean }): void {
  const { options, remove, discardAudit, yes } = init;
  if (remove && options.length === 0)
    throw usage('init --remove takes --guard, --audit, --roles or --indexes; it never removes the table');
  if (discardAudit && !(remove && options.includes('audit')))
    throw usage('--discard-audit is only valid with --audit --remove: migtop init --audit --remove --discard-audit');
  if (yes && !apply) throw usage('--yes is only valid with --apply: migtop init --apply --yes');
}
