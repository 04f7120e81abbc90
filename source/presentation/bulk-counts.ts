/** How many operations an action on many was to change, and how many had each outcome, in the words of the audit. */
export interface BulkCounts {
  readonly total: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** How many of the applied ones were taken back; absent if only those are known that are listed. */
  readonly undone?: number | undefined;
  /** Whether there may be more, which were not read. */
  readonly isAtLeast?: boolean;
  /** The tables of all applied ones; absent if only those of the listed ones are known. */
  readonly tables?: ReadonlySet<string>;
}
