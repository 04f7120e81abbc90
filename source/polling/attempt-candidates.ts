import { queryOf } from '../domain/work-key.ts';
import type { EvidenceRow } from '../domain/works.ts';

/** A row as the ledger knows it: its version, and the work of which it may be an attempt. */
export interface KnownAttempt {
  /** The version that was seen. */
  readonly seen: string;
  readonly digest: string | null;
  readonly repeats: number | null;
}

/** A row that has not failed and may be an attempt at a failed work. */
export interface Candidate {
  /** The version that was seen. */
  readonly seen: string;
  /** Tells apart what was read of it by its id; undefined until then. */
  read?: string | undefined;
  /** Tells apart what polls and readings have shown of its work. */
  shown?: string;
}

/** Returns what the ledger knows of a row. */
export function knownOf(row: EvidenceRow): KnownAttempt {
  return { seen: seenOf(row), digest: digestOf(row), repeats: repeatsOf(row) };
}

/** Whether the version of a row that was seen is a completed one. */
export const isCompleted = (seen: string): boolean => seen.startsWith('completed ');

/** The version of a row, as far as it makes a difference for its work. */
export const seenOf = ({ status, completedAt }: EvidenceRow): string => `${status} ${completedAt}`;

/** The digest of the source query of a row; null if it has none. */
export const digestOf = ({ work }: EvidenceRow): string | null => (work === null ? null : queryOf(work));

/** The row that a row repeats by its mark; null if none. */
export const repeatsOf = ({ mark }: EvidenceRow): number | null => mark?.repeats ?? null;
