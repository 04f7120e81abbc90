import type { Chord, Command } from '../command.ts';
import type { CopyPart } from '../copy-part.ts';
import { whyNoCopy, whyNoMatch, whyNoPart, whyNoSearch } from '../detail-reasons.ts';
import { whyNoReason } from '../own-action.ts';
import { look } from './entries.ts';
import { namedKeys } from './named-keys.ts';

function part(id: CopyPart, key: Chord, label: string, help: string): Command {
  return look({
    id: `copy-${id}`,
    keys: [key],
    scopes: ['copy'],
    label,
    footer: 'shown',
    help,
    disabledReason: (state) => whyNoPart(state, id),
    run: (controls) => controls.copyPart(id),
  });
}

/** The commands that put an operation, or a part of it, into the clipboard and into a file. */
export const copying: readonly Command[] = [
  look({
    id: 'copy',
    searchWords: 'handoff hand over clipboard markdown',
    keys: ['y'],
    scopes: ['list', 'detail'],
    footer: 'shown',
    help: 'Copy an operation, and its parts; or a kind',
    disabledReason: whyNoCopy,
    run: (controls) => controls.copy(),
  }),
  part('error', 'e', 'error', 'Copy the error only'),
  part('source-query', 's', 'source query', 'Copy the source query only'),
  part('validation-query', 'v', 'validation query', 'Copy the validation query only'),
  part('id', 'i', 'id', 'Copy the id only'),
  part('command-line', 'c', 'command line', 'Copy the command line that shows it'),
  part('whole', 'y', 'all again', 'Copy all of it again, and close the menu'),
];

/** The command that says afterwards why something was done. */
export const reasoning: readonly Command[] = [
  {
    ...look({
      id: 'add-reason',
      searchWords: 'why note comment',
      keys: ['e'],
      scopes: ['list', 'detail'],
      label: 'reason',
      help: 'Add a reason to this or your last action',
      disabledReason: whyNoReason,
      run: (controls) => controls.addReason(),
    }),
    group: 'Act',
  },
];

/** The commands that search the open detail. */
export const searching: readonly Command[] = [
  look({
    id: 'search',
    keys: namedKeys.search,
    scopes: ['detail'],
    footer: 'shown',
    help: 'Search error, queries and fields',
    disabledReason: whyNoSearch,
    run: (controls) => controls.editSearch(),
  }),
  look({
    id: 'apply-search',
    keys: ['enter'],
    scopes: ['search'],
    label: 'search',
    footer: 'shown',
    help: 'Go to the first match',
    run: (controls) => controls.applySearch(),
  }),
  look({
    id: 'next-match',
    keys: ['n'],
    scopes: ['detail'],
    help: 'The next match',
    disabledReason: whyNoMatch,
    run: (controls) => controls.nextMatch(1),
  }),
  look({
    id: 'previous-match',
    keys: ['N'],
    scopes: ['detail'],
    help: 'The previous match',
    disabledReason: whyNoMatch,
    run: (controls) => controls.nextMatch(-1),
  }),
];
