import type { Edit } from '../../presentation/text-field.ts';
import type { Chord, Command } from '../command.ts';
import { always } from './entries.ts';

function edit(id: Edit, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['filter', 'reason', 'since'],
    label: id,
    footer: 'hidden',
    help,
    group: 'Type',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.edit(id),
  };
}

/** The keys of the text fields. */
export const typing: readonly Command[] = [
  edit('left', ['left'], 'One character to the left'),
  edit('right', ['right'], 'One character to the right'),
  edit('start', ['home', 'ctrl-a'], 'To the start of the text'),
  edit('end', ['end', 'ctrl-e'], 'To the end of the text'),
  edit('erase', ['backspace'], 'Delete the character before the cursor'),
  edit('delete', ['delete'], 'Delete the character under the cursor'),
  edit('erase-word', ['ctrl-w'], 'Delete the word before the cursor'),
  edit('erase-before', ['ctrl-u'], 'Delete all before the cursor'),
  edit('erase-after', ['ctrl-k'], 'Delete all after the cursor'),
];
