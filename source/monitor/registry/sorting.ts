import type { Command } from '../command.ts';
import { look } from './entries.ts';

/** The commands that sort a list. */
export const sorting: readonly Command[] = [
  look({
    id: 'sort',
    searchWords: 'order',
    keys: ['o'],
    scopes: ['list'],
    footer: 'shown',
    help: 'Sort by the next column',
    run: (controls) => controls.sort(),
  }),
  look({
    id: 'reverse',
    searchWords: 'order descending',
    keys: ['O'],
    scopes: ['list'],
    help: 'Reverse the order',
    run: (controls) => controls.reverse(),
  }),
];
