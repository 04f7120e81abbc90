import type { Action } from '../../domain/transitions.ts';
import type { Chord, Command } from '../command.ts';
import { whyNoAccept, whyNoAction, whyNotUndone, whyNoUndo, whyNoWrite } from '../reasons.ts';
import { undoSubjects, whyUndoIsOver } from '../undo-history.ts';
import { lists, whyNoReason, whyNothingLeft } from './entries.ts';
import { namedKeys } from './named-keys.ts';

function act(action: Action, key: Chord, help: string, searchWords: string): Command {
  return {
    id: action,
    keys: [key],
    scopes: lists,
    label: action,
    footer: 'explained',
    help,
    searchWords,
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNoAction(state, action),
    run: (controls) => controls.act(action),
  };
}

/** The commands that change the table, and those of their dialogs. */
export const acting: readonly Command[] = [
  act('pause', namedKeys.pause[0], 'Pause a running or pending operation', 'stop hold halt'),
  act('resume', 'r', 'Resume a paused operation', 'continue unpause'),
  act('skip', 's', 'Skip an operation that is not running', 'leave out give up'),
  {
    id: 'accept',
    searchWords: 'acknowledge known ignore',
    keys: ['x'],
    scopes: lists,
    label: 'accept',
    footer: 'shown',
    help: 'Accept a failure, with a note',
    group: 'Act',
    writes: true,
    disabledReason: whyNoAccept,
    run: (controls) => controls.acceptFailure(),
  },
  {
    id: 'undo',
    searchWords: 'revert take back',
    keys: ['u'],
    // The message that names it is shown above the list of results too.
    scopes: [...lists, 'results'],
    label: 'undo',
    subjects: undoSubjects,
    alwaysNamed: true,
    isOffered: (state) => whyUndoIsOver(state) === null && whyNotUndone(state) === null,
    footer: 'shown',
    help: 'Undo your last action',
    group: 'Act',
    writes: true,
    disabledReason: whyNoUndo,
    run: (controls) => controls.undo(),
  },
  {
    id: 'confirm',
    keys: ['y'],
    scopes: ['confirm'],
    label: 'yes, skip it',
    footer: 'explained',
    help: 'Confirm the skip of one',
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNothingLeft(state) ?? whyNoWrite(state, 'skip'),
    run: (controls) => controls.confirm(),
  },
  {
    id: 'reason',
    keys: ['e'],
    scopes: ['confirm', 'bulk', 'number'],
    label: 'give a reason',
    footer: 'shown',
    help: 'Type the reason for the action',
    group: 'Act',
    writes: false,
    disabledReason: whyNoReason,
    run: (controls) => controls.editReason(),
  },
];
