/**
 * Where the operator is in a list: on a row's key, never on a line. `index` is where that row was last, so that a
 * key press after the row has gone goes on from there; `top` is the first row of the list that the window shows. `isPinned`: a
 * poll has moved the first row below the first page, which stays: the row shows as the last of it, until the operator moves.
 */
export interface Cursor {
  readonly key: string | null;
  readonly index: number;
  readonly top: number;
  readonly isPinned?: boolean;
  /** Whether it is on the first row, whichever that is: until the operator moves it in a view that opens on what is new. */
  readonly isOnFirst?: boolean;
}
