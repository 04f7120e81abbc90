import type { ConnectionParameters } from '../../database/libpq/keywords.ts';
import type { Until } from '../../domain/deadline.ts';
import type { NamedCounting } from '../../domain/progress.ts';
import type { Since } from '../../domain/since.ts';
import type { ColumnList } from './declaration.ts';

/** Settings that the command line, a target and the file itself may give; absent where they do not. */
export interface Preferences {
  readonly table?: string;
  readonly intervalSeconds?: number;
  readonly since?: Since;
  readonly until?: Until;
  readonly counting?: ReadonlyMap<string, NamedCounting>;
  readonly readOnly?: boolean;
  readonly theme?: 'auto' | 'dark' | 'light';
  readonly ambiguousWidth?: 'auto' | '1' | '2';
}

/** A target of the configuration file. */
export interface ConfiguredTarget extends Preferences {
  readonly name: string;
  readonly parameters: ConnectionParameters;
  /** Whether the file says that it is production. A host pattern may say so too. */
  readonly production: boolean;
}

/** A command that the configuration file adds. */
export interface CustomCommand {
  readonly name: string;
  readonly run: readonly string[];
  readonly key: string | null;
  readonly title: string;
  readonly scope: 'operation' | 'failure' | 'table';
  readonly isBackground: boolean;
  readonly timeoutSeconds: number;
  readonly getsPassword: boolean;
}

/** A configuration file that was read and checked. */
export interface Config extends Preferences {
  /** Its path; null if there is none. */
  readonly file: string | null;
  /** The target to connect to if no database is named. */
  readonly target: string | null;
  readonly targets: readonly ConfiguredTarget[];
  readonly productionHosts: readonly string[];
  readonly columns: Readonly<Partial<Record<ColumnList, readonly string[]>>>;
  /** The keys of commands, by the commands' names. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly commands: readonly CustomCommand[];
  /** An error about a key of the file, with its place. */
  readonly wrong: (path: readonly string[], problem: string) => Error;
}

export const noConfig: Config = {
  file: null,
  target: null,
  targets: [],
  productionHosts: [],
  columns: {},
  keys: new Map(),
  commands: [],
  wrong: (_, problem) => new Error(problem),
};
