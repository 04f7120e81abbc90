import type { OperationRow } from './rows.ts';
import { widthOf } from './text-width.ts';
import type { Theme } from './theme.ts';

/**
 * The error of a row, after the retry that is under way: `retry 2201 running · deadlock detected`; where the column has no room for the
 * error, the part that tells it from others of its kind.
 */
export function errorCell({ errorPart, retry }: OperationRow, error: string, width: number, theme: Theme): string {
  const { separator, ellipsis } = theme.glyphs;
  const before = retry == null ? '' : `retry ${retry.id} ${retry.status}`;
  const between = before === '' || error === '' ? '' : ` ${separator} `;
  const isWhole = errorPart === undefined || widthOf(before + between + error) <= width;
  return `${before}${between}${isWhole ? error : `${ellipsis}${errorPart}`}`;
}
