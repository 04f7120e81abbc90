import { isOf } from '../domain/tracked-actions.ts';
import { type Action, decide } from '../domain/transitions.ts';
import { sortNames } from '../presentation/sorts.ts';
import type { Edit } from '../presentation/text-field.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import type { Controls, Motion } from './controls.ts';
import type { MonitorState } from './state.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** A key as the registry names it: a character, or `enter`, `escape`, `tab`, `up`, `page-down`, `ctrl-d` ... */
export type Chord = string;

/** Where a key may mean something: the lists, the detail view, the help, the dialog that asks before a skip, text fields. */
export type Scope = 'list' | 'detail' | 'help' | 'confirm' | 'reason' | 'filter' | 'since';

/** One thing that a key does. The footer, the help, the README and the dispatch all read this and nothing else. */
export interface Command {
  readonly id: string;
  readonly keys: readonly Chord[];
  readonly scopes: readonly Scope[];
  /** One or two words for the key line; empty for what goes without saying there. */
  readonly label: string;
  readonly help: string;
  readonly group: 'Act' | 'Move' | 'Look' | 'Type' | 'Program';
  /** Whether it changes the table. */
  readonly writes: boolean;
  /** Why it can do nothing now, or null. */
  readonly disabledReason: (state: MonitorState) => string | null;
  readonly run: (controls: Controls) => void;
}

const always = (): null => null;
const everywhere: readonly Scope[] = ['list', 'detail', 'help', 'confirm', 'reason', 'filter', 'since'];
const views: Readonly<Record<ViewId, string>> = {
  overview: 'Overview',
  workers: 'Workers',
  failures: 'Failures',
  tables: 'Tables',
  operations: 'Operations',
  activity: 'Activity',
};

export function viewTitle(view: ViewId): string {
  return views[view];
}

function act(action: Action, key: Chord, help: string): Command {
  return {
    id: action,
    keys: [key],
    scopes: ['list', 'detail'],
    label: action,
    help,
    group: 'Act',
    writes: true,
    disabledReason: (state) => {
      const operation = selectedOperation(state);
      if (operation === null) return 'no operation selected';
      const decision = decide(action, operation);
      return whyNoWrite(state) ?? (decision.kind === 'refused' ? decision.reason : null);
    },
    run: (controls) => controls.act(action),
  };
}

function motion(id: Motion, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['list', 'detail', 'help'],
    label: '',
    help,
    group: 'Move',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.move(id),
  };
}

function edit(id: Edit, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['filter', 'reason', 'since'],
    label: '',
    help,
    group: 'Type',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.edit(id),
  };
}

function look(
  id: string,
  keys: readonly Chord[],
  scopes: readonly Scope[],
  label: string,
  help: string,
  run: Command['run'],
  disabledReason: Command['disabledReason'] = always,
): Command {
  return { id, keys, scopes, label, help, group: 'Look', writes: false, disabledReason, run };
}

function program(
  id: string,
  key: Chord,
  scopes: readonly Scope[],
  label: string,
  help: string,
  run: Command['run'],
): Command {
  return { ...look(id, [key], scopes, label, help, run), group: 'Program' };
}

/** Why nothing at all may be written now, or null. */
function whyNoWrite(state: MonitorState): string | null {
  if (state.readOnly !== null) return 'read-only';
  if (state.connection.kind === 'lost') return 'not connected';
  return state.writing > 0 ? 'the last one is still on its way' : null;
}

/** The registry: every key that migtop knows. */
export const commands: readonly Command[] = [
  act('pause', 'p', 'Pause a running or pending operation'),
  act('resume', 'r', 'Resume a paused one, to running or to pending'),
  act('skip', 's', 'Skip a pending, paused or failed one; asks first'),
  {
    id: 'undo',
    keys: ['u'],
    scopes: ['list', 'detail'],
    label: 'undo',
    help: 'Undo your last action if nobody touched the row',
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNoUndo(state) ?? whyNoWrite(state),
    run: (controls) => controls.undo(),
  },
  {
    id: 'confirm',
    keys: ['y'],
    scopes: ['confirm'],
    label: 'yes, skip it',
    help: 'Confirm, in the dialog that a skip opens',
    group: 'Act',
    writes: true,
    disabledReason: whyNoWrite,
    run: (controls) => controls.confirm(),
  },
  {
    id: 'reason',
    keys: ['e'],
    scopes: ['confirm'],
    label: 'give a reason',
    help: 'Give a reason, in the dialog that a skip opens',
    group: 'Act',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.editReason(),
  },
  motion('down', ['j', 'down'], 'Down a row'),
  motion('up', ['k', 'up'], 'Up a row'),
  motion('first', ['g', 'home'], 'First row'),
  motion('last', ['G', 'end'], 'Last row'),
  motion('page-down', ['page-down', 'ctrl-f'], 'Down a page'),
  motion('page-up', ['page-up', 'ctrl-b'], 'Up a page'),
  motion('half-down', ['ctrl-d'], 'Down half a page'),
  motion('half-up', ['ctrl-u'], 'Up half a page'),
  look(
    'open',
    ['enter'],
    ['list'],
    'detail',
    'Open the operation, or those of the table',
    (controls) => controls.open(),
    (state) => (selectedRow(state) === null ? 'nothing selected' : null),
  ),
  look('filter', ['/'], ['list', 'detail'], 'filter', 'Filter: status:failed table:cases worker:2 text', (controls) =>
    controls.editFilter(),
  ),
  look(
    'apply',
    ['enter'],
    ['filter', 'reason', 'since'],
    'apply',
    'Take what you typed: filter, reason, since',
    (controls) => controls.applyFilter(),
  ),
  look('since', ['S'], ['list', 'detail'], '', 'Only operations since 2h, 22:00 or an id', (controls) =>
    controls.editSince(),
  ),
  look('sort', ['o'], ['list'], 'sort', 'Sort by the next column', (controls) => controls.sort(), cannotSort),
  look('reverse', ['O'], ['list'], '', 'Reverse the order', (controls) => controls.reverse(), cannotSort),
  ...viewIds.map((view, index) =>
    look(view, [String(index + 1)], ['list', 'detail'], '', `The ${views[view]} view`, (controls) =>
      controls.view(view),
    ),
  ),
  look('next-view', ['tab'], ['list', 'detail'], '', 'The next view', (controls) => controls.turn(1)),
  look('previous-view', ['shift-tab'], ['list', 'detail'], '', 'The previous view', (controls) => controls.turn(-1)),
  look(
    'back',
    ['escape'],
    everywhere,
    'back',
    'Back: close what is open, clear the filter',
    (controls) => controls.back(),
    (state) => (state.overlay.kind === 'none' && state.filter === '' ? 'nothing to go back from' : null),
  ),
  look('freeze', ['z'], ['list', 'detail'], '', 'Freeze the picture, and let it go again', (controls) =>
    controls.freeze(),
  ),
  look('faster', ['+', '='], ['list', 'detail'], '', 'Poll more often', (controls) => controls.pace(-1)),
  look('slower', ['-'], ['list', 'detail'], '', 'Poll less often', (controls) => controls.pace(1)),
  look('refresh', ['ctrl-r'], ['list', 'detail'], '', 'Poll now', (controls) => controls.refresh()),
  edit('left', ['left'], 'A character to the left'),
  edit('right', ['right'], 'A character to the right'),
  edit('start', ['home', 'ctrl-a'], 'To the start of the text'),
  edit('end', ['end', 'ctrl-e'], 'To the end of the text'),
  edit('erase', ['backspace'], 'Delete the character before the cursor'),
  edit('delete', ['delete'], 'Delete the character under the cursor'),
  edit('erase-word', ['ctrl-w'], 'Delete the word before the cursor'),
  edit('erase-before', ['ctrl-u'], 'Delete all before the cursor'),
  edit('erase-after', ['ctrl-k'], 'Delete all after the cursor'),
  program('help', '?', ['list', 'detail', 'help'], 'help', 'This help', (controls) => controls.help()),
  program('redraw', 'ctrl-l', everywhere, '', 'Erase the screen and draw it again', (controls) => controls.redraw()),
  program('suspend', 'ctrl-z', everywhere, '', 'Suspend; `fg` in the shell comes back', (controls) =>
    controls.suspend(),
  ),
  program('quit', 'q', ['list', 'detail', 'help'], 'quit', 'Quit', (controls) => controls.quit()),
  program('leave', 'ctrl-c', everywhere, '', 'Quit, from anywhere', (controls) => controls.quit()),
];

function whyNoUndo({ undoable: lastMove, latest, target }: MonitorState): string | null {
  if (lastMove === null) return 'nothing to undo';
  const { id, version } = lastMove.undo;
  // Where one operation has the id, it may have been renamed.
  const identity = target.isFollowable ? null : lastMove.undo.identity;
  const row = latest?.snapshot.operations.find((operation) => isOf({ operationId: id, identity }, operation));
  // Only a row that a poll has brought since can be known to have changed.
  const changed = row !== undefined && row.version !== version && Number(row.version) > Number(version);
  return changed ? 'the row has changed since' : null;
}

function cannotSort(state: MonitorState): string | null {
  return sortNames(state.view).length === 0 ? 'this view has one order' : null;
}

/** Where the next key goes. */
export function scopeOf(state: MonitorState): Scope {
  const { overlay } = state;
  if (overlay.kind === 'confirm' && overlay.editing) return 'reason';
  return overlay.kind === 'none' ? 'list' : overlay.kind;
}

/** The command that a key means in a scope, or null. */
export function commandFor(chord: Chord, scope: Scope): Command | null {
  return commands.find((command) => command.keys.includes(chord) && command.scopes.includes(scope)) ?? null;
}

/** How a key is written for a reader: `⏎`, `Esc`, `PgDn`, `ctrl-d`. */
export function keyName(chord: Chord): string {
  return (
    {
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
    }[chord] ?? chord
  );
}
