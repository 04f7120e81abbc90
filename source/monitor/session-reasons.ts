import type { Reason } from './command.ts';
import { namedKey } from './registry/named-keys.ts';
import type { MonitorState } from './state.ts';

/** Why the production lock cannot be changed now, or null. */
export function whyNoUnlock({ session }: MonitorState): Reason | null {
  if (session?.production.name != null) return null;
  return { kind: 'nothing', short: 'not a production target', text: 'this is not a production target' };
}

/** Why no other target can be chosen, or null. */
export function whyNoTarget({ session, acting, personal }: MonitorState): Reason | null {
  // Changing the target would stop it in its middle, and its result would not be seen.
  if (acting.running !== null)
    return {
      kind: 'busy',
      short: 'busy',
      text: `cannot change the target: an action on many operations is running (${namedKey({ personal }, 'back')} stops it)`,
    };
  if (session?.mayChangeTarget === true) return null;
  const text = 'no targets: add them to the configuration file (docs/configuration.md)';
  return { kind: 'nothing', short: 'no targets', text };
}
