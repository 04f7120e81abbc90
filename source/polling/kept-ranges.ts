import type { BatchTallies } from '../domain/batch-tally.ts';
import type { Phase } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { Tally } from '../domain/tally.ts';
import type { EvidenceRow } from '../domain/works.ts';
import type { Keys, KeysAsked } from './range-keys.ts';

/** The id ranges of a kept ledger (kept-ledger.ts). */
export interface KeptRanges {
  readonly groups: readonly KeptGroup[];
  readonly keys: KeysAsked;
  readonly ranges: readonly KeptRange[];
}

export interface KeptGroup {
  readonly phase: Phase;
  readonly tableName: string;
  readonly isMarked: boolean;
  readonly isShared: boolean;
  readonly isCut: boolean;
}

export interface KeptRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly countedAt: number | null;
  readonly isStale: boolean;
  readonly isGuessed: boolean;
  readonly isAdded: boolean;
  readonly isBrief: boolean;
  readonly unreadable: RangeCount['unreadable'];
  readonly groups: readonly KeptGroupInRange[];
}

export interface KeptGroupInRange {
  /** The place of its group in `KeptRanges.groups`. */
  readonly group: number;
  readonly tally: Tally;
  readonly sample: readonly EvidenceRow[];
  readonly attempts: readonly EvidenceRow[];
  readonly keys: Keys;
  readonly batches: BatchTallies;
}
