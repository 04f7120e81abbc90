import type { Chord, Command } from '../command.ts';
import type { Motion } from '../motion.ts';
import { always } from './entries.ts';
import { namedKeys } from './named-keys.ts';

function motion(id: Motion, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['list', 'detail', 'help', 'results'],
    label: id,
    footer: 'hidden',
    help,
    group: 'Move',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.move(id),
  };
}

/** The commands that move the cursor. */
export const moving: readonly Command[] = [
  motion('down', namedKeys.down, 'Down a row'),
  motion('up', namedKeys.up, 'Up a row'),
  motion('first', ['g', 'home'], 'First row'),
  motion('last', ['G', 'end'], 'Last row'),
  motion('page-down', ['page-down', 'ctrl-f'], 'Down a page'),
  motion('page-up', ['page-up', 'ctrl-b'], 'Up a page'),
  motion('half-down', ['ctrl-d'], 'Down half a page'),
  motion('half-up', ['ctrl-u'], 'Up half a page'),
];
