import type { OpenRetries } from '../domain/open-retry.ts';
import { type SeenKinds, unseenOf } from '../domain/seen-kinds.ts';
import type { KindSummary } from '../domain/triage.ts';
import type { KindRow, WatchedText } from './rows.ts';

/** The rows of kinds of failure. Their keys differ from those of operations. @param retries the open retries of each kind @param seen the kinds that the operator has looked at */
export function kindRows(
  kinds: readonly KindSummary[],
  watched: (WatchedText & { readonly failureKind: string }) | null = null,
  retries: ReadonlyMap<string, OpenRetries> = new Map(),
  seen: SeenKinds | null = null,
): KindRow[] {
  return kinds.map((summary) => {
    const own = retries.get(summary.kind);
    const unseen = seen === null ? null : unseenOf(seen, summary);
    return {
      kind: 'kind',
      key: `kind ${summary.kind}`,
      summary,
      ...(watched?.failureKind === summary.kind && { watched }),
      ...(own !== undefined && { retries: own }),
      ...(unseen !== null && { unseen }),
    };
  });
}
