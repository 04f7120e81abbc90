import type { Command } from '../command.ts';
import { whyNoTarget, whyNoUnlock } from '../session-reasons.ts';
import { lists, look } from './entries.ts';

/** The commands of the session: its target, and the lock of a production target. */
export const ofSession: readonly Command[] = [
  {
    ...look({
      id: 'unlock',
      searchWords: 'production read-only lock',
      keys: ['U'],
      scopes: lists,
      help: 'Unlock or lock a production target',
      disabledReason: whyNoUnlock,
      run: (controls) => controls.unlock(),
    }),
    group: 'Program',
  },
  {
    ...look({
      id: 'change-target',
      searchWords: 'connect switch database',
      keys: ['C'],
      scopes: lists,
      label: 'target',
      help: 'Connect to another target',
      disabledReason: whyNoTarget,
      run: (controls) => controls.changeTarget(),
    }),
    group: 'Program',
  },
];
