import { singles } from '../source/presentation/single-width.ts';
import { isSign } from '../source/screen/terminal/painted-rows.ts';

type StringWidth = (text: string, options?: object) => number;

let stringWidth: StringWidth | undefined;

/**
 * Replaces string-width in the bundle. Loading string-width takes 25 ms, because it compiles expressions for all emoji. This
 * module loads it for the first text with characters that are not one column wide. The signs of painted rows are one column wide.
 */
export default function lazyStringWidth(text: string, options?: object): number {
  if (singles.test(text)) return text.length;
  if (isSign(text)) return 1;
  stringWidth ??= (require('string-width') as { default: StringWidth }).default;
  return stringWidth(text, options);
}
