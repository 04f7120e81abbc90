import type { KindSummary } from '../domain/triage.ts';
import type { KindRow, WatchedText } from './rows.ts';

/** The rows of kinds of failure. Their keys differ from those of operations. */
export function kindRows(
  kinds: readonly KindSummary[],
  watched: (WatchedText & { readonly failureKind: string }) | null = null,
): KindRow[] {
  return kinds.map((summary) => ({
    kind: 'kind',
    key: `kind ${summary.kind}`,
    summary,
    ...(watched?.failureKind === summary.kind && { watched }),
  }));
}
