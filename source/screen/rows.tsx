import { Transform } from 'ink';

export interface RowProps {
  /** One row, painted by `paintLine`. */
  readonly row: string;
}

/**
 * Rows that are already cut and styled. Ink would cut, style and measure each segment again for every frame, which is most of
 * the cost of a frame. So Ink lays out blanks, and `Transform` replaces them by the rows.
 */
export function Rows({ rows }: { readonly rows: readonly string[] }) {
  return (
    <Transform transform={(_, row) => rows[row] ?? ''}>{` ${'\n'.repeat(Math.max(0, rows.length - 1))}`}</Transform>
  );
}
