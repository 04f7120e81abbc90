import type { ViewId } from '../presentation/view-id.ts';

/** The table or the kind of failure whose operations were opened in the Operations view. */
export interface OpenedTable {
  /** The filter that lists its operations, and the one before it. */
  readonly filter: string;
  readonly before: string;
  /** The view in which it was opened. */
  readonly from: ViewId;
}
