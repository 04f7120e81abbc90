import type { IUnicodeVersionProvider } from '@xterm/headless';
import stringWidth from 'string-width';

/**
 * Character widths as Ink assumes them: those of `string-width`, counted by grapheme, so that an emoji sequence or a
 * letter with its marks is one cell. Without it the headless terminal has the widths of Unicode 6: emoji are narrow.
 *
 * `charProperties` is called for each code point with what it returned for the one before (0 after any control
 * sequence). The number that it returns is, by xterm.js's convention: bit 0 "joins the cell before", bits 1-2 the
 * width of the cell, the bits above free for the provider, which puts the number of a grapheme there.
 */
export function graphemeWidths(ambiguousIsWide: boolean): IUnicodeVersionProvider {
  const columnsOf = (text: string): number => stringWidth(text, { ambiguousIsNarrow: !ambiguousIsWide });
  type Grapheme = { text: string; columns: number; cellWidth: number };
  const segmenter = new Intl.Segmenter();
  const graphemes: Grapheme[] = [{ text: '', columns: 0, cellWidth: 0 }];
  const numbers = new Map<string, number>();
  const known = new Map<string, number>();

  const encode = (grapheme: Grapheme, joins: boolean) => {
    const key = `${grapheme.cellWidth} ${grapheme.text}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = graphemes.push(grapheme) - 1;
      numbers.set(key, number);
    }
    return (number << 3) | (grapheme.cellWidth << 1) | (joins ? 1 : 0);
  };

  const compute = (character: string, preceding: Grapheme) => {
    const text = preceding.text + character;
    const isSameGrapheme = preceding.text !== '' && [...segmenter.segment(text)].length === 1;
    if (!isSameGrapheme) {
      const columns = columnsOf(character);
      // A mark that has lost its letter to a control sequence goes into the cell before, and takes no column.
      return encode({ text: character, columns, cellWidth: Math.min(columns, 2) }, columns === 0);
    }
    const columns = Math.max(preceding.columns, columnsOf(text));
    const added = columns - preceding.columns;
    const cellWidth = preceding.cellWidth + added;
    // A cell is two columns at most; a wider grapheme (jamo, some Indic clusters) continues in the next one.
    return cellWidth <= 2
      ? encode({ text, columns, cellWidth }, true)
      : encode({ text, columns, cellWidth: Math.min(added, 2) }, false);
  };

  return {
    version: 'string-width',
    wcwidth(codePoint) {
      const width = stringWidth(String.fromCodePoint(codePoint));
      return width >= 2 ? 2 : width === 1 ? 1 : 0;
    },
    charProperties(codePoint, preceding) {
      const number = preceding >> 3;
      const key = `${number} ${codePoint}`;
      let properties = known.get(key);
      if (properties === undefined) {
        properties = compute(
          String.fromCodePoint(codePoint),
          graphemes[number] ?? { text: '', columns: 0, cellWidth: 0 },
        );
        known.set(key, properties);
      }
      return properties;
    },
  };
}
