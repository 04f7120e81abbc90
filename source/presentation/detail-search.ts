import { type DetailDocument, lineText } from './detail-document.ts';

/** A match of a search in the detail view: the pieces of lines that it covers, the first one first. */
export type Match = readonly MatchPiece[];

export interface MatchPiece {
  /** In the texts, or in the facts. */
  readonly part: 'texts' | 'facts';
  /** The line in that part. */
  readonly line: number;
  /** Which characters of the line's text. */
  readonly from: number;
  readonly to: number;
}

/** More matches than this are not looked for. */
const mostMatches = 10_000;

/**
 * The places of a text in a document, from top to bottom. Capitals make no difference, nor does where a line was broken. A match
 * within the error or a query may go over several lines.
 */
export function matchesIn({ texts, sections, facts }: DetailDocument, searched: string): Match[] {
  const pattern = patternOf(searched);
  if (pattern === null) return [];
  const matches: Match[] = [];
  const inSection = new Set<number>();
  for (const { start, end, text, offsets } of sections) {
    for (let line = start; line < end; line++) inSection.add(line);
    let line = 0;
    for (const { index, 0: found } of text.matchAll(pattern)) {
      if (matches.length >= mostMatches) return matches;
      while ((offsets[line + 1] ?? Number.POSITIVE_INFINITY) <= index) line += 1;
      matches.push(piecesOf(start, line, offsets, index, index + found.length));
    }
  }
  texts.forEach((line, index) => {
    if (!inSection.has(index)) add('texts', index, lineText(line));
  });
  matches.sort((a, b) => (a[0]?.line ?? 0) - (b[0]?.line ?? 0));
  facts.forEach((line, index) => {
    add('facts', index, lineText(line));
  });
  return matches;

  function add(part: MatchPiece['part'], line: number, text: string): void {
    for (const { index, 0: found } of text.matchAll(pattern ?? /$^/g)) {
      if (matches.length >= mostMatches) return;
      matches.push([{ part, line, from: index, to: index + found.length }]);
    }
  }
}

function piecesOf(start: number, first: number, offsets: readonly number[], from: number, to: number): Match {
  const pieces: MatchPiece[] = [];
  for (let line = first; line < offsets.length && (line === first || (offsets[line] ?? 0) < to); line++) {
    const begins = offsets[line] ?? 0;
    pieces.push({ part: 'texts', line: start + line, from: Math.max(0, from - begins), to: to - begins });
  }
  return pieces;
}

/** Null for a search that is empty. Any blank matches any others: a line may end there. */
function patternOf(searched: string): RegExp | null {
  const words = searched.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  return new RegExp(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('\\s+'), 'giu');
}
