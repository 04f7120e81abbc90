import type { AuditEntry } from './audit.ts';
import { operatorName } from './operator-name.ts';

/**
 * A reason that an operator gave after the action: a separate entry, since entries of the audit are never changed. It
 * belongs to the last action before it on the same operation with the same statuses.
 */
export const reasonNote = { action: 'reason', outcome: 'noted' } as const;

function isNote({ action, outcome }: AuditEntry): boolean {
  return action === reasonNote.action && outcome === reasonNote.outcome;
}

/**
 * The entries with the reasons that were given later on their actions, and without the entries of these reasons. A reason
 * whose action is not among the entries stays.
 *
 * @param entries newest first
 */
export function withLaterReasons(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  if (!entries.some(isNote)) return entries;
  const waiting = new Map<string, AuditEntry[]>();
  const given: AuditEntry[] = [];
  const noted = new Set<AuditEntry>();
  for (const entry of entries) {
    const key = changeOf(entry);
    if (isNote(entry)) {
      waiting.set(key, [...(waiting.get(key) ?? []), entry]);
      given.push(entry);
      continue;
    }
    const notes = waiting.get(key) ?? [];
    waiting.delete(key);
    for (const note of notes) noted.add(note);
    // The oldest of them first.
    const reasons = [entry.reason, ...notes.toReversed().map((note) => reasonOf(note, entry))].filter(Boolean);
    given.push(notes.length === 0 ? entry : { ...entry, reason: reasons.join('; ') });
  }
  return given.filter((entry) => !noted.has(entry));
}

const changeOf = ({ operationId, fromStatus, toStatus }: AuditEntry): string =>
  `${operationId} ${fromStatus} ${toStatus}`;

function reasonOf(note: AuditEntry, { osUser, host }: AuditEntry): string {
  const isOwn = note.osUser === osUser && note.host === host;
  return `${note.reason ?? ''}${isOwn ? '' : ` (${operatorName(note)})`}`;
}

/**
 * The entries of the audit table and those of the local audit from before it was installed, newest first.
 *
 * @param table the entries of the audit table, newest first; so is `local`
 */
export function withOtherEntries(
  table: readonly AuditEntry[],
  local: readonly AuditEntry[],
  limit = Number.POSITIVE_INFINITY,
): readonly AuditEntry[] {
  const keys = new Set(table.map(({ key }) => key));
  // An entry without a time is next to the one that follows it.
  const timed = (entries: readonly AuditEntry[]) => {
    let last = Number.POSITIVE_INFINITY;
    return entries.map((entry) => {
      last = Math.min(last, entry.at ?? last);
      return { entry, at: last };
    });
  };
  const own = timed(local).filter(({ entry: { key } }) => key === null || !keys.has(key));
  if (own.length === 0) return table;
  return [...timed(table), ...own]
    .sort((a, b) => (a.at === b.at ? 0 : b.at - a.at))
    .map(({ entry }) => entry)
    .slice(0, limit);
}
