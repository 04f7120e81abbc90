import type { ColumnChoice } from '../presentation/chosen-columns.ts';

/** A key as the registry names it: a character, or `enter`, `escape`, `tab`, `up`, `page-down`, `ctrl-d` ... */
export type Chord = string;

/** A command that the configuration file adds, as far as the monitor knows it. */
export interface CustomCommandRow {
  readonly name: string;
  readonly key: Chord | null;
  readonly title: string;
  readonly scope: 'operation' | 'failure' | 'table';
}

/** Settings of the configuration file for the monitor. */
export interface Personal {
  /** The keys of commands that have others than usual, by the names of the commands. */
  readonly keys: ReadonlyMap<string, readonly Chord[]>;
  readonly commands: readonly CustomCommandRow[];
  readonly columns: ColumnChoice;
}

/** Without a configuration file. */
export const notPersonal: Personal = { keys: new Map(), commands: [], columns: {} };
