import type { Memo } from './memo.ts';
import type { Operation, Phase } from './operation.ts';
import { tableKey } from './rate-keys.ts';
import type { Snapshot } from './snapshot.ts';

/** The listed operations of a phase and table. Grouped once for each snapshot. */
export function listedIn(
  { snapshot, memo }: { readonly snapshot: Snapshot; readonly memo: Memo },
  phase: Phase,
  tableName: string,
): readonly Operation[] {
  return memo(groupedByTable, snapshot).get(tableKey(phase, tableName)) ?? [];
}

function groupedByTable({ operations }: Snapshot): ReadonlyMap<string, readonly Operation[]> {
  return Map.groupBy(operations, ({ phase, tableName }) => tableKey(phase, tableName));
}
