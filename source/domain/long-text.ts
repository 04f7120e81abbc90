import { cleanText } from './clean-text.ts';

/** The texts of an operation that may be megabytes long. */
export const longTexts = ['errorMessage', 'sourceQuery', 'validationQuery'] as const;
export type LongText = (typeof longTexts)[number];

/** How many characters a chunk of a long text has, and how many chunks are kept at a time. */
export const chunkCharacters = 32_768;
export const heldChunks = 4;
export const heldCharacters = chunkCharacters * heldChunks;

/** A part of a text that is too long to be kept whole. */
export interface TextWindow {
  /** The number of the first chunk here, counted from 0. */
  readonly first: number;
  /** Each is cleaned separately: a chunk is the same text in every window that includes it. */
  readonly chunks: readonly string[];
  /** Whether the text continues after the last chunk. */
  readonly hasMore: boolean;
  /** The length of the whole text in the database. */
  readonly bytes: number;
}

/**
 * The window of a part of a raw text.
 *
 * @param raw the text from the first character of a chunk, at most `heldCharacters` and one more
 * @param first the number of that chunk
 */
export function textWindow(raw: string, first: number, bytes: number): TextWindow {
  const chunks: string[] = [];
  let from = 0;
  while (from < raw.length && chunks.length < heldChunks) {
    const end = endOfCharacters(raw, from, chunkCharacters);
    chunks.push(cleanText(raw.slice(from, end)));
    from = end;
  }
  return { first, chunks, hasMore: from < raw.length, bytes };
}

/** PostgreSQL counts code points, a JavaScript string does not. */
function endOfCharacters(text: string, from: number, characters: number): number {
  let end = from;
  for (let count = 0; count < characters && end < text.length; count++) {
    const code = text.charCodeAt(end);
    end += code >= 0xd800 && code < 0xdc00 && end + 1 < text.length ? 2 : 1;
  }
  return end;
}

/** Whether a window does not have the whole text. */
export function isPartial(window: TextWindow): boolean {
  return window.first > 0 || window.hasMore;
}

/** Returns the part of a long text that the window has. */
export function heldText({ chunks }: TextWindow): string {
  return chunks.join('');
}
