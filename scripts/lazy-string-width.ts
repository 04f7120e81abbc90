import { singles } from '../source/presentation/single-width.ts';

type StringWidth = (text: string, options?: object) => number;

let stringWidth: StringWidth | undefined;

/**
 * string-width as the bundle has it. Loading the real one takes 25 ms, since it compiles expressions for all emoji: it is
 * loaded for the first text that holds more than characters of one column.
 */
export default function lazyStringWidth(text: string, options?: object): number {
  if (singles.test(text)) return text.length;
  stringWidth ??= (require('string-width') as { default: StringWidth }).default;
  return stringWidth(text, options);
}
