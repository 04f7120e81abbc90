import type { KindSummary, Triage } from './triage.ts';

/** The kinds of failure as an operator has looked at them last: how many had failed, and when the newest. */
export type SeenKinds = ReadonlyMap<string, Pick<KindSummary, 'failed' | 'lastSeenAt'>>;

/** The failures of a kind that an operator has not looked at yet. */
export interface UnseenFailures {
  readonly failures: number;
  /** Whether the kind itself is new. */
  readonly isNewKind: boolean;
}

/** The kinds as an operator sees them now. */
export function seenKindsOf({ kinds }: Triage): SeenKinds {
  return new Map(kinds.map(({ kind, failed, lastSeenAt }) => [kind, { failed, lastSeenAt }]));
}

/** The seen kinds after a poll: failures that were skipped or deleted do not hide as many that come later. */
export function withoutRemoved(seen: SeenKinds, { kinds }: Triage): SeenKinds {
  const now = new Map(kinds.map(({ kind, failed }) => [kind, failed]));
  const isSame = [...seen].every(([kind, { failed }]) => failed <= (now.get(kind) ?? 0));
  if (isSame) return seen;
  return new Map([...seen].map(([kind, one]) => [kind, { ...one, failed: Math.min(one.failed, now.get(kind) ?? 0) }]));
}

/** The failures of a kind since an operator has looked at it; null without any. The undo of a skip adds none: the newest is as old as before. */
export function unseenOf(
  seen: SeenKinds,
  { kind, failed, lastSeenAt }: Pick<KindSummary, 'kind' | 'failed' | 'lastSeenAt'>,
): UnseenFailures | null {
  const known = seen.get(kind);
  const failures = failed - (known?.failed ?? 0);
  const isLater = known?.lastSeenAt == null || lastSeenAt === null || lastSeenAt > known.lastSeenAt;
  return failures > 0 && isLater ? { failures, isNewKind: known === undefined } : null;
}
