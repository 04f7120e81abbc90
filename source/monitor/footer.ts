import type { Command } from './command.ts';
import { commandsOf, scopeOf } from './commands.ts';
import type { MonitorState } from './state.ts';

/** A command on the key line. */
export interface FooterEntry {
  readonly command: Command;
  /** Why it cannot run now; null where it can. */
  readonly reason: string | null;
  /** Whether the reason is news: another operation does the work. Else its key says it. */
  readonly isNews: boolean;
  /** The operations that it would change, from the longest to the shortest text; none if the label says all. */
  readonly subjects: readonly string[];
}

/** The commands that the key line shows here and now, those at its right apart. */
export function footerOf(state: MonitorState): { entries: readonly FooterEntry[]; pinned: readonly FooterEntry[] } {
  const scope = scopeOf(state);
  const offered = commandsOf(state)
    .filter((command) => command.scopes.includes(scope) && command.footer !== 'hidden' && command.keys.length > 0)
    .filter(({ isOffered }) => isOffered === undefined || isOffered(state))
    .map((command) => ({ command, reason: command.disabledReason(state) }));
  const explained = offered.filter(({ command }) => command.footer === 'explained');
  // If no action is possible, one reason is enough; else only a reason that names what to do first, or what does the work already.
  const explaining = explained.every(({ reason }) => reason !== null)
    ? explained.slice(0, 1).filter(({ reason }) => reason?.kind !== 'nothing')
    : explained.filter(({ reason }) => reason?.kind === 'do-first' || reason?.kind === 'needless');
  const shown = offered.filter((entry) => entry.reason === null || explaining.includes(entry));
  // The line begins with a key that works.
  const isNone = shown[0] !== undefined && shown[0].reason !== null;
  const ordered = isNone ? shown.toSorted((a, b) => Number(a.reason !== null) - Number(b.reason !== null)) : shown;
  const entries = ordered.map(
    ({ command, reason }): FooterEntry => ({
      command,
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
