import { nearName } from '../domain/near-name.ts';
import { graphemesOf } from '../presentation/text-width.ts';
import { type Chord, type Command, keyName, type Scope, scopes } from './command.ts';

/** The scopes whose commands may have other keys. */
const rebindable: readonly Scope[] = ['list', 'detail', 'help', 'results'];

/** The names of keys that are no characters. */
const namedKeys: readonly Chord[] = [
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'page-up',
  'page-down',
  'tab',
  'shift-tab',
  'backspace',
  'delete',
];

/** Ctrl with these letters is another key, or belongs to the terminal: c, h, i, j, m, q, z and `[`. */
const reservedLetters = 'chijmqz';

/** Whether a command may have other keys: not one of dialogs and text fields, nor one that works everywhere. */
export function mayRebind({ id, scopes: own, group }: Command): boolean {
  return group !== 'Type' && id !== 'open' && own.every((scope) => rebindable.includes(scope));
}

/** The chord of a key as the configuration file names it; null if it is not one that can be bound. */
export function chordOf(key: string): Chord | null {
  const lower = key.toLowerCase();
  if (lower === 'space') return ' ';
  if (namedKeys.includes(lower)) return lower;
  const [, letter] = /^ctrl-([a-z])$/.exec(lower) ?? [];
  if (letter !== undefined) return reservedLetters.includes(letter) ? null : lower;
  return graphemesOf(key).length === 1 && !/[\p{C}\p{Z}]/u.test(key) ? key : null;
}

/** A key of a command is wrong; the caller knows where it stands. */
export type KeyProblem = (id: string, problem: string) => Error;

/**
 * The commands with the given keys.
 *
 * @param added commands that the configuration file adds, each with its key
 * @throws what `wrong` makes: a command that does not exist or keeps its keys, a key that cannot be bound, or that another command
 *   has in the same place
 */
export function boundCommands(
  own: readonly Command[],
  keys: ReadonlyMap<string, readonly string[]>,
  added: readonly Command[],
  wrong: KeyProblem,
): readonly Command[] {
  for (const id of keys.keys()) {
    const command = own.find((one) => one.id === id);
    if (command !== undefined && mayRebind(command)) continue;
    if (command !== undefined)
      throw wrong(id, `the command ${id} keeps its key ${command.keys.map(keyName).join(', ')}`);
    const near = nearName(
      id,
      own.filter(mayRebind).map((one) => one.id),
    );
    throw wrong(id, `there is no command ${id}${near === null ? '' : `; did you mean: ${near}`}`);
  }
  const chords = (id: string, names: readonly string[]): Chord[] =>
    names.map((name) => {
      const chord = chordOf(name);
      if (chord === null)
        throw wrong(
          id,
          `a key is one character, space, ctrl- and a letter (not ${[...reservedLetters].join(', ')}), or one of ${namedKeys.join(', ')}`,
        );
      return chord;
    });
  const bound = own.map((command) => {
    const names = keys.get(command.id);
    return names === undefined ? command : { ...command, keys: chords(command.id, names) };
  });
  const all = [...bound, ...added.map((command) => ({ ...command, keys: chords(command.id, command.keys) }))];
  const changed = [...keys.keys(), ...added.map(({ id }) => id)];
  for (const id of changed) {
    const one = all.find((command) => command.id === id);
    const other = one === undefined ? null : conflictOf(one, all);
    if (one !== undefined && other !== null)
      throw wrong(id, `${keyName(other.chord)} is already the key of the command ${other.command.id}`);
  }
  return all;
}

/** Another command that has one of the keys in one of the scopes; null if there is none. */
function conflictOf(
  one: Command,
  all: readonly Command[],
): { readonly chord: Chord; readonly command: Command } | null {
  for (const chord of one.keys) {
    const command = all.find(
      (other) =>
        other !== one &&
        other.keys.includes(chord) &&
        scopes.some((scope) => other.scopes.includes(scope) && one.scopes.includes(scope)),
    );
    if (command !== undefined) return { chord, command };
  }
  return null;
}
