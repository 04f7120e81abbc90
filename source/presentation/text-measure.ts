import stringWidth from 'string-width';
import { singles } from './single-width.ts';

/** Measures texts as one terminal shows them, and keeps the widths: bars and glyphs are the same from frame to frame. */
export interface TextMeasure {
  /** How many columns a character of ambiguous width (Unicode annex 11) takes. */
  readonly ambiguousColumns: 1 | 2;
  /** Whether each character of a text takes one column. */
  isOfSingles(text: string): boolean;
  /** The width of a text in columns, measured as Ink does. */
  widthOf(text: string): number;
  graphemeWidth(grapheme: string): number;
  /** The graphemes of a text, by Unicode's rules (annex 29). */
  segments(text: string): Intl.Segments;
}

/** Maximum number of widths that are kept, and of characters in a text whose width is kept. */
const maximumTexts = 2000;
const maximumLength = 200;

/** An error of megabytes repeats the same few thousand graphemes. */
const maximumGraphemes = 10_000;

/** Remembers the widths of texts. @param ambiguousColumns how many columns the terminal draws a sign of ambiguous width in */
export function createTextMeasure(ambiguousColumns: 1 | 2): TextMeasure {
  const texts = new Map<string, number>();
  const graphemes = new Map<string, number>();
  /** The first one takes 10 ms, and most texts need none. */
  let segmenter: Intl.Segmenter | undefined;

  function isOfSingles(text: string): boolean {
    return ambiguousColumns === 1 ? singles.test(text) : /^[\u0020-\u007E]*$/.test(text);
  }

  function measured(text: string): number {
    if (ambiguousColumns === 1) return stringWidth(text);
    // Where these would take two columns, they are written in ASCII (charset.ts, `plainSigns`).
    return stringWidth(text.replace(/[–−…·]/g, '-'), { ambiguousIsNarrow: false });
  }

  function kept(text: string, widths: Map<string, number>, maximum: number): number {
    const known = widths.get(text);
    if (known !== undefined) return known;
    const width = measured(text);
    if (widths.size >= maximum) widths.clear();
    widths.set(text, width);
    return width;
  }

  return {
    ambiguousColumns,
    isOfSingles,
    widthOf(text) {
      if (isOfSingles(text)) return text.length;
      return text.length > maximumLength ? measured(text) : kept(text, texts, maximumTexts);
    },
    graphemeWidth: (grapheme) => kept(grapheme, graphemes, maximumGraphemes),
    segments(text) {
      segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
      return segmenter.segment(text);
    },
  };
}
