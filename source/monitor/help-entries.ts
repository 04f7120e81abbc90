import { viewIds } from '../presentation/view-id.ts';
import { type Command, keyName } from './command.ts';

/** The help's line for one key, or for some that belong together. */
export interface HelpEntry {
  readonly keys: string;
  /** Where a sign is shown; empty for a key, whose part has a heading that says where it works. */
  readonly place: string;
  readonly meaning: string;
  /** The meaning in few words, for half of a narrow window. */
  readonly brief: string;
}

/** Commands that the help has in one line, with what they do. */
const together: readonly { readonly ids: readonly string[]; readonly meaning: string }[] = [
  { ids: viewIds, meaning: 'The views' },
  { ids: ['next-view', 'previous-view'], meaning: 'Next, previous view' },
  { ids: ['confirm', 'confirm-many'], meaning: 'Confirm the action' },
  { ids: ['confirm-retry', 'confirm-number'], meaning: 'Confirm a retry, a number' },
  { ids: ['down', 'up'], meaning: 'Down, up a row' },
  { ids: ['first', 'last'], meaning: 'First, last row' },
  { ids: ['page-down', 'page-up'], meaning: 'Down, up a page' },
  { ids: ['half-down', 'half-up'], meaning: 'Down, up half a page' },
  { ids: ['faster', 'slower'], meaning: 'Poll more (+ =), less (-)' },
  { ids: ['next-unresolved', 'previous-unresolved'], meaning: 'Next, previous unresolved' },
  { ids: ['next-match', 'previous-match'], meaning: 'Next, previous match' },
  { ids: ['left', 'right'], meaning: 'Left, right in the text' },
  { ids: ['start', 'end'], meaning: 'Start, end of the text' },
  { ids: ['erase', 'delete'], meaning: 'Delete before, at cursor' },
  { ids: ['erase-word', 'erase-before', 'erase-after'], meaning: 'Delete word, before, after' },
  { ids: ['complete', 'complete-back'], meaning: 'Next, previous completion' },
  { ids: ['recall', 'recall-later'], meaning: 'Earlier, later filter' },
  { ids: ['choose-next', 'choose-previous'], meaning: 'Next, previous command' },
];

/** Descriptions of other commands, in at most 26 columns. */
const briefly: Readonly<Record<string, string>> = {
  pause: 'Pause (running, pending)',
  resume: 'Resume (paused)',
  skip: 'Skip (if not running)',
  accept: 'Accept a failure as known',
  reason: 'Give a reason',
  retry: 'Retry (failed, skipped)',
  mark: 'Mark or unmark the row',
  'mark-all': 'Mark all that match',
  'pause-all': 'Pause all now (undoable)',
  'last-reason': 'The last reason',
  'other-field': 'To the reason, and back',
  'take-over': 'Take over (dead worker)',
  'batch-size': 'Change the batch size',
  results: 'Results: action on many',
  'filter-results': 'Only trouble, or all',
  open: 'Open it, or its operations',
  filter: 'Filter all views: worker:2',
  palette: 'Find a command; go to id',
  since: 'Only since 2h, 22:00 or id',
  'show-resolved': 'Show or hide resolved ones',
  back: 'Close, or clear the filter',
  freeze: 'Freeze, or go on',
  copy: 'Copy it; then a part of it',
  'add-reason': 'Add a reason afterwards',
  'copy-source-query': 'Copy the source query',
  'copy-validation-query': 'Copy the validation query',
  'copy-command-line': 'Copy the command line',
  'copy-whole': 'Copy all again, and close',
  search: 'Search in it',
  unlock: 'Unlock, lock production',
  redraw: 'Draw the screen again',
  suspend: 'Suspend; fg continues',
  leave: 'Stop the action, or quit',
};

/**
 * Returns the help's lines for some commands, in their order; commands that belong together are one line, at the first of them.
 */
export function helpEntries(commands: readonly Command[]): readonly HelpEntry[] {
  return commands.flatMap((command): HelpEntry[] => {
    const group = together.find(({ ids }) => ids.includes(command.id));
    const members = group === undefined ? [command] : commands.filter(({ id }) => group.ids.includes(id));
    if (members[0] !== command) return [];
    const meaning = members.length > 1 && group !== undefined ? group.meaning : command.help;
    return [
      {
        keys: keysOf(members),
        place: '',
        meaning,
        brief: members.length > 1 ? meaning : (briefly[command.id] ?? meaning),
      },
    ];
  });
}

/** The first key of each, then the others: `j k Down Up`; of digits in a row `1-6`. */
function keysOf(commands: readonly Command[]): string {
  const names = (keys: readonly string[]): string[] => keys.map(keyName);
  const first = names(commands.flatMap(({ keys }) => keys.slice(0, 1)));
  const others = names(commands.flatMap(({ keys }) => keys.slice(1)));
  const isRow = first.length > 2 && first.every((key, index) => key === String(index + 1));
  return [...new Set([...(isRow ? [`${first[0]}-${first.at(-1)}`] : first), ...others])].join(' ');
}

/** The parts of the help after the keys that work here, in their order, with their headings. */
const parts: readonly { readonly heading: string; readonly has: (command: Command) => boolean }[] = [
  { heading: 'OTHER KEYS OF THE LISTS', has: ({ scopes }) => scopes.includes('list') },
  { heading: 'IN THE DETAIL', has: ({ scopes }) => scopes.includes('detail') },
  {
    heading: 'IN DIALOGS',
    has: ({ scopes }) =>
      scopes.includes('confirm') || scopes.includes('bulk') || (scopes.length === 1 && scopes[0] === 'number'),
  },
  { heading: 'IN OTHER LISTS AND MENUS', has: ({ scopes }) => scopes.includes('copy') || scopes.includes('results') },
  { heading: 'IN TEXT FIELDS', has: () => true },
];

/** The commands by the parts of the help. A command is in the first part that it belongs to. */
export function helpParts(commands: readonly Command[]): readonly { heading: string; commands: readonly Command[] }[] {
  const byPart = Map.groupBy(commands, (command) => parts.find(({ has }) => has(command)));
  return parts.map((part) => ({ heading: part.heading, commands: byPart.get(part) ?? [] }));
}
