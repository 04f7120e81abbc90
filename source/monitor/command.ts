import type { Toast } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import type { Chord } from './personal.ts';
import type { MonitorState } from './state.ts';

export type { Chord } from './personal.ts';

/** Where a key may have a meaning: the lists, the detail view, the help, the dialog of a skip, the results of an action on many, the menu of what to copy, the text fields. */
export const scopes = [
  'list',
  'detail',
  'help',
  'confirm',
  'bulk',
  'number',
  'size',
  'results',
  'copy',
  'reason',
  'filter',
  'since',
  'until',
  'accept',
  'search',
  'palette',
  'unlock',
] as const;
export type Scope = (typeof scopes)[number];

/** One thing that a key does. The footer, the help, the README and the dispatch all read this and nothing else. */
export interface Command {
  readonly id: string;
  readonly keys: readonly Chord[];
  readonly scopes: readonly Scope[];
  /** One or two words for the key line. */
  readonly label: string;
  /** The words for the key line if it does something else now; absent or null: `label`. */
  readonly labelNow?: (state: MonitorState) => string | null;
  /** The operations that it would change, for the key line after the label, from the longest to the shortest text. */
  readonly subjects?: (state: MonitorState) => readonly string[];
  /** Whether the key line always names them, if only by the shortest text: they may be out of view. */
  readonly alwaysNamed?: true;
  readonly footer: Footer;
  /** Whether the key line shows it now; absent: whenever `footer` says so. */
  readonly isOffered?: (state: MonitorState) => boolean;
  /** One line for the help, which 80 columns have room for. */
  readonly help: string;
  /** Other words by which the palette finds it. */
  readonly searchWords?: string;
  readonly group: 'Act' | 'Move' | 'Look' | 'Type' | 'Program';
  /** Whether it changes the table. */
  readonly writes: boolean;
  /** Why it can do nothing now, or null. */
  readonly disabledReason: (state: MonitorState) => Reason | null;
  readonly run: (controls: Controls) => void;
}

/**
 * How the key line shows a command: never; while it can run; also, dimmed and with the reason, while it cannot; or always, at the
 * right of the others, also where the line is short.
 */
export type Footer = 'hidden' | 'shown' | 'explained' | 'pinned';

/** Why a command can do nothing now. */
export interface Reason {
  /**
   * `do-first`: another command has to come first. `needless`: another operation does the same work. `status`: the operation's status does not allow it. `nothing`: there is
   * nothing that it could change. `busy`: an earlier action is still running.
   */
  readonly kind: 'do-first' | 'needless' | 'status' | 'read-only' | 'not-connected' | 'busy' | 'nothing';
  /** A few words for the key line, after the command's label. */
  readonly short: string;
  /** A sentence for the toast. */
  readonly text: string;
}

/** The kind of the message that a key did nothing for this reason. */
export function hintOf({ kind }: Pick<Reason, 'kind'>): Pick<Toast, 'isHint' | 'isOfConnection'> {
  return kind === 'not-connected' ? { isHint: true, isOfConnection: true } : { isHint: true };
}

/** The scopes in which text is typed. */
const fields: readonly Scope[] = [
  'reason',
  'number',
  'size',
  'filter',
  'since',
  'until',
  'accept',
  'search',
  'palette',
  'unlock',
];

/** Whether keys are typed into a text there. */
export function isField(scope: Scope): boolean {
  return fields.includes(scope);
}

const places: readonly { readonly name: string; readonly scopes: readonly Scope[] }[] = [
  { name: 'lists', scopes: ['list', 'results'] },
  { name: 'detail', scopes: ['detail'] },
  { name: 'help', scopes: ['help'] },
  { name: 'dialogs', scopes: ['confirm', 'bulk'] },
  { name: 'copy menu', scopes: ['copy'] },
  { name: 'text fields', scopes: fields },
];

/** Where a command's keys work, for the help and the README: `lists, detail`, `everywhere`. */
export function placesOf(command: Pick<Command, 'scopes'>): string {
  if (scopes.every((scope) => command.scopes.includes(scope))) return 'everywhere';
  return places
    .filter((place) => place.scopes.some((scope) => command.scopes.includes(scope)))
    .map(({ name }) => name)
    .join(', ');
}

/** How a key is written for a reader: `Enter`, `Esc`, `PgDn`, `ctrl-d`. */
export function keyName(chord: Chord): string {
  return names[chord] ?? chord;
}

const names: Readonly<Record<Chord, string>> = {
  ' ': 'Space',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  backspace: 'Backspace',
  delete: 'Delete',
  home: 'Home',
  end: 'End',
  'page-up': 'PgUp',
  'page-down': 'PgDn',
};
