/** The table whose operations were opened from the Tables view. */
export interface OpenedTable {
  /** The filter that lists its operations, and the one before it. */
  readonly filter: string;
  readonly before: string;
}
