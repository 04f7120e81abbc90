import { type Chord, type Command, keyName, type Scope } from './command.ts';
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

/** The registry: every key that migtop knows. */
export const commands: readonly Command[] = [
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

/** The scope that gets the next key. */
export function scopeOf(state: MonitorState): Scope {
  const { overlay } = state;
  if (overlay.kind === 'confirm' && overlay.editing) return 'reason';
  if (overlay.kind === 'note') return 'reason';
  if (overlay.kind === 'batch') return overlay.part === 'keys' ? 'batch' : overlay.part;
  if (overlay.kind === 'detail' && overlay.field != null) return 'search';
  return overlay.kind === 'none' ? 'list' : overlay.kind;
}

/** The command of a key in a scope, or null. */
export function commandFor(chord: Chord, scope: Scope): Command | null {
  return commands.find((command) => command.keys.includes(chord) && command.scopes.includes(scope)) ?? null;
}

/**
 * The name of a command's first key, for texts that mention it.
 *
 * @throws {Error} where there is no such command
 */
export function keyOf(id: string): string {
  const key = commands.find((command) => command.id === id)?.keys[0];
  if (key === undefined) throw new Error(`There is no command ${id}.`);
  return keyName(key);
}
