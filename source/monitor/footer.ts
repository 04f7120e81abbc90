import type { Command, Reason } from './command.ts';
import { commandsOf, scopeOf } from './commands.ts';
import type { MonitorState } from './state.ts';

/** A command on the key line. */
export interface FooterEntry {
  readonly command: Command;
  /** One or two words for what it does now. */
  readonly label: string;
  /** Why it cannot run now; null where it can. */
  readonly reason: string | null;
  /** Whether the reason is news: another operation does the work. Else its key says it. */
  readonly isNews: boolean;
  /** The operations that it would change, from the longest to the shortest text; none if the label says all. */
  readonly subjects: readonly string[];
}

/** The reasons that hold for every action. */
const forbidding: readonly Reason['kind'][] = ['read-only', 'not-connected', 'busy'];

/** The commands that the key line shows here and now, those at its right apart. */
export function footerOf(state: MonitorState): { entries: readonly FooterEntry[]; pinned: readonly FooterEntry[] } {
  const scope = scopeOf(state);
  const offered = commandsOf(state)
    .filter((command) => command.scopes.includes(scope) && command.footer !== 'hidden' && command.keys.length > 0)
    .filter(({ isOffered }) => isOffered === undefined || isOffered(state))
    .map((command) => ({ command, reason: command.disabledReason(state) }));
  const explained = offered.filter(({ command }) => command.footer === 'explained');
  // Nobody has pressed the keys: a reason that only denies is left to the message. Where nothing may be written, one key says why.
  const [first] = explained;
  const isDenied = first?.reason != null && forbidding.includes(first.reason.kind);
  const explaining = isDenied
    ? [first]
    : explained.filter(({ reason }) => reason?.kind === 'do-first' || reason?.kind === 'needless');
  const shown = offered.filter((entry) => entry.reason === null || explaining.includes(entry));
  // The line begins with a key that works.
  const isNone = shown[0] !== undefined && shown[0].reason !== null;
  const ordered = isNone ? shown.toSorted((a, b) => Number(a.reason !== null) - Number(b.reason !== null)) : shown;
  const entries = ordered.map(
    ({ command, reason }): FooterEntry => ({
      command,
      label: command.labelNow?.(state) ?? command.label,
      reason: reason?.short ?? null,
      isNews: reason?.kind === 'needless',
      subjects: reason === null ? (command.subjects?.(state) ?? []) : [],
    }),
  );
  return {
    entries: entries.filter(({ command }) => command.footer !== 'pinned'),
    pinned: entries.filter(({ command }) => command.footer === 'pinned'),
  };
}
