import { type Chord, type Command, keyName, type Scope } from './command.ts';
import { customCommand } from './custom-commands.ts';
import { acting } from './registry/acting.ts';
import { copying, reasoning, searching } from './registry/copying.ts';
import { looking } from './registry/looking.ts';
import { marking } from './registry/marking.ts';
import { moving } from './registry/moving.ts';
import { ofProgram } from './registry/program.ts';
import { rewriting } from './registry/rewriting.ts';
import { ofSession } from './registry/session.ts';
import { sorting } from './registry/sorting.ts';
import { typing } from './registry/typing.ts';
import type { MonitorState } from './state.ts';

/** The commands with their usual keys. */
export const ownCommands: readonly Command[] = [
  ...acting,
  ...marking,
  ...rewriting,
  ...moving,
  ...looking,
  ...reasoning,
  ...copying,
  ...sorting,
  ...searching,
  ...typing,
  ...ofSession,
  ...ofProgram,
];

type Personalized = Pick<MonitorState, 'personal'>;

/** The registry: every key of this session. The configuration file may give commands other keys, and add commands. */
export function commandsOf({ personal: { keys, commands } }: Personalized): readonly Command[] {
  if (keys.size === 0 && commands.length === 0) return ownCommands;
  const own = ownCommands.map((command) => {
    const bound = keys.get(command.id);
    return bound === undefined ? command : { ...command, keys: bound };
  });
  return [...own, ...commands.map(customCommand)];
}

/** The scope that gets the next key. */
export function scopeOf(state: MonitorState): Scope {
  const { overlay } = state;
  if (overlay.kind === 'confirm' && overlay.editing) return 'reason';
  if (overlay.kind === 'note') return 'reason';
  // It has the key that confirms an action on many.
  if (overlay.kind === 'undo' || (overlay.kind === 'size' && overlay.isAsking === true)) return 'bulk';
  if (overlay.kind === 'bulk') return overlay.part === 'keys' ? 'bulk' : overlay.part;
  if (overlay.kind === 'detail' && overlay.field != null) return 'search';
  // It has the keys of the help: those that scroll and close.
  if (overlay.kind === 'output') return 'help';
  return overlay.kind === 'none' ? 'list' : overlay.kind;
}

/** The command of a key in a scope, or null. */
export function commandFor(state: Personalized, chord: Chord, scope: Scope): Command | null {
  return commandsOf(state).find(({ keys, scopes }) => keys.includes(chord) && scopes.includes(scope)) ?? null;
}

/**
 * The name of a command's first key, for texts that mention it.
 *
 * @throws {Error} where there is no such command
 */
export function keyOf({ personal }: Personalized, id: string): string {
  const command = ownCommands.find((one) => one.id === id);
  if (command === undefined) throw new Error(`There is no command ${id}.`);
  const [key] = personal.keys.get(id) ?? command.keys;
  // Without a key, the palette runs it.
  return key === undefined ? `:${id}` : keyName(key);
}
