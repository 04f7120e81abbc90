import { Transform } from 'ink';
import { signOf } from './terminal/painted-rows.ts';

export interface RowProps {
  /** One row, painted by `paintLine`. */
  readonly row: string;
}

/**
 * Rows that are already cut and styled. Ink lays out blanks, and `Transform` replaces them by signs, which the output replaces by
 * the rows (terminal/painted-rows.ts).
 */
export function Rows({ rows }: { readonly rows: readonly string[] }) {
  return (
    <Transform transform={(_, row) => signOf(rows[row] ?? '')}>
      {` ${'\n'.repeat(Math.max(0, rows.length - 1))}`}
    </Transform>
  );
}
