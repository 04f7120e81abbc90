import { type Chord, keyName } from '../command.ts';
import type { MonitorState } from '../state.ts';

/** The usual keys of commands that reasons mention. The registry has them from here: reasons cannot read the registry, which reads them. */
export const namedKeys = {
  back: ['escape'],
  open: ['enter'],
  down: ['j', 'down'],
  up: ['k', 'up'],
  pause: ['p'],
  search: ['/'],
} as const satisfies Record<string, readonly Chord[]>;

/** The name of the key of such a command, as this session has it. */
export function namedKey({ personal }: Pick<MonitorState, 'personal'>, id: keyof typeof namedKeys): string {
  const [key] = personal.keys.get(id) ?? namedKeys[id];
  // Without a key, the palette runs it.
  return key === undefined ? `:${id}` : keyName(key);
}
