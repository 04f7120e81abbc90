import type { Action } from '../domain/transitions.ts';
import type { Edit } from '../presentation/text-field.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import { type Chord, type Command, keyName, type Scope, scopes } from './command.ts';
import type { Motion } from './controls.ts';
import { whyNoAction, whyNoDetail, whyNoSort, whyNotBack, whyNoUndo, whyNoWrite } from './reasons.ts';
import type { MonitorState } from './state.ts';

const always = (): null => null;
const lists: readonly Scope[] = ['list', 'detail'];
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
    scopes: lists,
    label: action,
    footer: 'explained',
    help,
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNoAction(state, action),
    run: (controls) => controls.act(action),
  };
}

function motion(id: Motion, keys: readonly Chord[], help: string): Command {
  return {
    id,
    keys,
    scopes: ['list', 'detail', 'help'],
    label: id,
    footer: 'hidden',
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
    label: id,
    footer: 'hidden',
    help,
    group: 'Type',
    writes: false,
    disabledReason: always,
    run: (controls) => controls.edit(id),
  };
}

/** A command that changes nothing in the table; what is not given: hidden in the key line, always possible. */
function look(command: Pick<Command, 'id' | 'keys' | 'scopes' | 'help' | 'run'> & Partial<Command>): Command {
  return { label: command.id, footer: 'hidden', group: 'Look', writes: false, disabledReason: always, ...command };
}

function program(command: Parameters<typeof look>[0]): Command {
  return { ...look(command), group: 'Program' };
}

/** The registry: every key that migtop knows. */
export const commands: readonly Command[] = [
  act('pause', 'p', 'Pause a running or pending operation'),
  act('resume', 'r', 'Resume a paused operation'),
  act('skip', 's', 'Skip an operation that is not running'),
  {
    id: 'undo',
    keys: ['u'],
    scopes: lists,
    label: 'undo',
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
    help: 'Confirm the skip',
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNoWrite(state, 'skip'),
    run: (controls) => controls.confirm(),
  },
  {
    id: 'reason',
    keys: ['e'],
    scopes: ['confirm'],
    label: 'give a reason',
    footer: 'shown',
    help: 'Type the reason for the skip',
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
  look({
    id: 'open',
    keys: ['enter'],
    scopes: ['list'],
    label: 'detail',
    footer: 'shown',
    help: "Open an operation, or a table's operations",
    disabledReason: whyNoDetail,
    run: (controls) => controls.open(),
  }),
  look({
    id: 'filter',
    keys: ['/'],
    scopes: lists,
    footer: 'shown',
    help: 'Filter: status:failed table:cases text',
    run: (controls) => controls.editFilter(),
  }),
  look({
    id: 'apply',
    keys: ['enter'],
    scopes: ['filter', 'reason', 'since'],
    footer: 'shown',
    help: 'Apply the text',
    run: (controls) => controls.applyFilter(),
  }),
  look({
    id: 'since',
    keys: ['S'],
    scopes: lists,
    help: 'Only operations since 2h, 22:00 or an id',
    run: (controls) => controls.editSince(),
  }),
  look({
    id: 'sort',
    keys: ['o'],
    scopes: ['list'],
    footer: 'shown',
    help: 'Sort by the next column',
    disabledReason: whyNoSort,
    run: (controls) => controls.sort(),
  }),
  look({
    id: 'reverse',
    keys: ['O'],
    scopes: ['list'],
    help: 'Reverse the order',
    disabledReason: whyNoSort,
    run: (controls) => controls.reverse(),
  }),
  ...viewIds.map((view, index) =>
    look({
      id: view,
      keys: [String(index + 1)],
      scopes: lists,
      help: `The ${views[view]} view`,
      run: (controls) => controls.view(view),
    }),
  ),
  look({
    id: 'next-view',
    keys: ['tab'],
    scopes: lists,
    help: 'The next view',
    run: (controls) => controls.turn(1),
  }),
  look({
    id: 'previous-view',
    keys: ['shift-tab'],
    scopes: lists,
    help: 'The previous view',
    run: (controls) => controls.turn(-1),
  }),
  look({
    id: 'back',
    keys: ['escape'],
    scopes,
    footer: 'shown',
    help: 'Close what is open, or clear the filter',
    disabledReason: whyNotBack,
    run: (controls) => controls.back(),
  }),
  look({
    id: 'freeze',
    keys: ['z'],
    scopes: lists,
    help: 'Freeze or resume the display',
    run: (controls) => controls.freeze(),
  }),
  look({
    id: 'faster',
    keys: ['+', '='],
    scopes: lists,
    help: 'Poll more often',
    run: (controls) => controls.pollMoreOften(),
  }),
  look({
    id: 'slower',
    keys: ['-'],
    scopes: lists,
    help: 'Poll less often',
    run: (controls) => controls.pollLessOften(),
  }),
  look({ id: 'refresh', keys: ['ctrl-r'], scopes: lists, help: 'Poll now', run: (controls) => controls.refresh() }),
  edit('left', ['left'], 'One character to the left'),
  edit('right', ['right'], 'One character to the right'),
  edit('start', ['home', 'ctrl-a'], 'To the start of the text'),
  edit('end', ['end', 'ctrl-e'], 'To the end of the text'),
  edit('erase', ['backspace'], 'Delete the character before the cursor'),
  edit('delete', ['delete'], 'Delete the character under the cursor'),
  edit('erase-word', ['ctrl-w'], 'Delete the word before the cursor'),
  edit('erase-before', ['ctrl-u'], 'Delete all before the cursor'),
  edit('erase-after', ['ctrl-k'], 'Delete all after the cursor'),
  program({
    id: 'help',
    keys: ['?'],
    scopes: ['list', 'detail', 'help'],
    footer: 'pinned',
    help: 'Open or close this help',
    run: (controls) => controls.help(),
  }),
  program({
    id: 'redraw',
    keys: ['ctrl-l'],
    scopes,
    help: 'Erase the screen and draw it again',
    run: (controls) => controls.redraw(),
  }),
  program({
    id: 'suspend',
    keys: ['ctrl-z'],
    scopes,
    help: 'Suspend; `fg` in the shell continues',
    run: (controls) => controls.suspend(),
  }),
  program({
    id: 'quit',
    keys: ['q'],
    scopes: ['list', 'detail', 'help'],
    footer: 'pinned',
    help: 'Quit',
    run: (controls) => controls.quit(),
  }),
  program({ id: 'leave', keys: ['ctrl-c'], scopes, help: 'Quit', run: (controls) => controls.quit() }),
];

/** The scope that gets the next key. */
export function scopeOf(state: MonitorState): Scope {
  const { overlay } = state;
  if (overlay.kind === 'confirm' && overlay.editing) return 'reason';
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
