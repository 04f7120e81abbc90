import { singles } from '../source/presentation/single-width.ts';
import { isSign } from '../source/screen/terminal/painted-rows.ts';

interface Options {
  readonly ambiguousIsNarrow?: boolean;
}

type StringWidth = (text: string, options?: Options) => number;

let stringWidth: StringWidth | undefined;

/**
 * Replaces string-width in the bundle. Loading string-width takes 25 ms, because it compiles expressions for all emoji. This
 * module loads it for the first text with characters that are not one column wide. The signs of painted rows are one column wide.
 * Where a terminal shows characters of ambiguous width in two columns, only string-width knows which these are.
 */
export default function lazyStringWidth(text: string, options?: Options): number {
  if (options?.ambiguousIsNarrow !== false && singles.test(text)) return text.length;
  if (isSign(text)) return 1;
  stringWidth ??= (require('string-width') as { default: StringWidth }).default;
  return stringWidth(text, options);
}
