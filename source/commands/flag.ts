import type { CommandName } from './command-table.ts';

/** An option of the command line. The parser, `--help`, the completions and docs/operators.md read its table and nothing else. */
export interface Flag {
  /** As it is typed, without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** The placeholder of its value; absent if it takes none. */
  readonly value?: string;
  readonly isMultiple?: true;
  /** The only commands that it is valid with; absent if nearly all take it. */
  readonly commands?: readonly CommandName[];
  /** The commands that it has an effect on; the others accept it, so that an alias may have it. Absent: all, or `commands`. */
  readonly affects?: readonly CommandName[];
  /** The kind of values that the completions offer, if it does not take one of a few words. */
  readonly completes?: 'targets' | 'files';
  /** The values that it takes, if they are few words: the completions offer them. */
  readonly words?: readonly string[];
  readonly help: string;
  /** Its help in the help of a command that it means something else for. */
  readonly ownHelp?: Readonly<Partial<Record<CommandName, string>>>;
  /** Its default, as the help shows it. */
  readonly fallback?: string;
  /** Its default in the help of a command that has another one. */
  readonly ownFallback?: Readonly<Partial<Record<CommandName, string>>>;
  /** The required value, for the message if it is missing. */
  readonly needs?: string;
}
