import type { OpenRetries } from '../domain/open-retry.ts';
import type { KindSummary } from '../domain/triage.ts';
import type { KindRow, WatchedText } from './rows.ts';

/** The rows of kinds of failure. Their keys differ from those of operations. @param retries the open retries of each kind */
export function kindRows(
  kinds: readonly KindSummary[],
  watched: (WatchedText & { readonly failureKind: string }) | null = null,
  retries: ReadonlyMap<string, OpenRetries> = new Map(),
): KindRow[] {
  return kinds.map((summary) => {
    const own = retries.get(summary.kind);
    return {
      kind: 'kind',
      key: `kind ${summary.kind}`,
      summary,
      ...(watched?.failureKind === summary.kind && { watched }),
      ...(own !== undefined && { retries: own }),
    };
  });
}
