import { Transform } from 'ink';

export interface RowProps {
  /** Exactly one row, painted: `paintLine` makes it. */
  readonly row: string;
}

/**
 * Rows that are cut and styled already. Ink would cut, style and measure each of their segments again for every frame,
 * which is most of what a frame costs: so it lays out blanks, and its Transform puts the rows in their place.
 */
export function Rows({ rows }: { readonly rows: readonly string[] }) {
  return (
    <Transform transform={(_, row) => rows[row] ?? ''}>{` ${'\n'.repeat(Math.max(0, rows.length - 1))}`}</Transform>
  );
}
