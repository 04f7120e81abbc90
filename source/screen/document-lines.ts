import type { DocumentLine } from '../presentation/detail-document.ts';
import { fieldWidth } from '../presentation/detail-document.ts';
import type { MatchPiece } from '../presentation/detail-search.ts';
import { cutLine, text } from '../presentation/line.ts';
import { type Line, type Segment, statusGlyph, statusTone, type Theme } from '../presentation/theme.ts';

/** A line of the detail, with the matches of the search marked. */
export function documentLine(
  line: DocumentLine,
  width: number,
  theme: Theme,
  matches: readonly MatchPiece[] = [],
): Line {
  const plain = [text(' '), ...marked(contentOf(line, theme), matches)];
  return line.kind === 'text' || line.kind === 'code' ? plain : cutLine(plain, width, theme);
}

/** Its segments; together they are the text that is searched, but for an attempt's. */
function contentOf(line: DocumentLine, theme: Theme): Line {
  switch (line.kind) {
    case 'heading':
    case 'note':
      return [text(line.text, 'dim')];
    case 'text':
      return [text(line.text, line.bad ? 'bad' : 'plain')];
    case 'code':
      return line.pieces;
    case 'action':
      return [text(line.text, line.bad ? 'bad' : 'plain')];
    case 'field':
      return [text(line.name.padEnd(fieldWidth), 'dim'), text(line.value, line.tone)];
    case 'attempt': {
      const { operation, isThis, elapsed } = line;
      return [
        text(isThis ? theme.glyphs.cursor : ' ', 'accent'),
        text(`${String(operation.id).padStart(7)} `),
        statusGlyph(operation.status, theme),
        text(` ${operation.status.padEnd(10)}`, statusTone[operation.status]),
        text(`${elapsed.padStart(8)}  ${line.started}  `),
        text((operation.errorMessage ?? '').replaceAll('\n', ' '), 'bad'),
      ];
    }
  }
}

/** The line with the pieces of matches marked. */
function marked(line: Line, matches: readonly MatchPiece[]): Line {
  if (matches.length === 0) return line;
  const segments: Segment[] = [];
  let at = 0;
  for (const segment of line) {
    let from = 0;
    const ends = at + segment.text.length;
    for (const match of matches) {
      const begin = Math.max(at + from, match.from);
      const end = Math.min(ends, match.to);
      if (begin >= end) continue;
      segments.push({ ...segment, text: segment.text.slice(from, begin - at) });
      segments.push(text(segment.text.slice(begin - at, end - at), 'chip'));
      from = end - at;
    }
    segments.push({ ...segment, text: segment.text.slice(from) });
    at = ends;
  }
  return segments.filter((segment) => segment.text !== '');
}
