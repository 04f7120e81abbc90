import type { Edit } from '../../presentation/text-field.ts';
import type { Chord, Command } from '../command.ts';
import { always } from './entries.ts';

function edit(id: Edit, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['filter', 'reason', 'number', 'size', 'since', 'until', 'accept', 'search', 'palette', 'unlock'],
    label: id,
    footer: 'hidden',
    help,
    group: 'Type',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.edit(id),
  };
}

function type(command: Pick<Command, 'id' | 'keys' | 'scopes' | 'help' | 'run'>): Command {
  return { label: command.id, footer: 'hidden', group: 'Type', writes: false, disabledReason: always, ...command };
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
  type({
    id: 'complete',
    keys: ['tab'],
    scopes: ['filter'],
    help: 'Complete it; again: the next completion',
    run: (controls) => controls.complete(1),
  }),
  type({
    id: 'complete-back',
    keys: ['shift-tab'],
    scopes: ['filter'],
    help: 'The previous completion',
    run: (controls) => controls.complete(-1),
  }),
  type({
    id: 'recall',
    keys: ['up'],
    scopes: ['filter'],
    help: 'An earlier filter',
    run: (controls) => controls.recall(1),
  }),
  type({
    id: 'recall-later',
    keys: ['down'],
    scopes: ['filter'],
    help: 'A later filter',
    run: (controls) => controls.recall(-1),
  }),
  type({
    id: 'choose-next',
    keys: ['down', 'tab'],
    scopes: ['palette'],
    help: 'The next command',
    run: (controls) => controls.choose(1),
  }),
  type({
    id: 'choose-previous',
    keys: ['up', 'shift-tab'],
    scopes: ['palette'],
    help: 'The previous command',
    run: (controls) => controls.choose(-1),
  }),
];
