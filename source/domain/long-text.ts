import { cleanText } from './clean-text.ts';

/** The texts of an operation that may be megabytes long. */
export const longTexts = ['errorMessage', 'sourceQuery', 'validationQuery'] as const;
export type LongText = (typeof longTexts)[number];

/** How many characters a chunk of a long text has, and how many chunks are held at a time. */
export const chunkCharacters = 32_768;
export const heldChunks = 4;
export const heldCharacters = chunkCharacters * heldChunks;

/** A stretch of a text that is too long to be held whole. */
export interface TextWindow {
  /** Which chunk of the text the first one here is, from 0. */
  readonly first: number;
  /** Clean, each cleaned by itself: a chunk is the same text in every window that holds it. */
  readonly chunks: readonly string[];
  /** Whether the text goes on behind the last chunk. */
  readonly hasMore: boolean;
  /** The length of all of it in the database. */
  readonly bytes: number;
}

/**
 * The window that a stretch of a raw text makes.
 *
 * @param raw from the first character of a chunk on, `heldCharacters` and one more at most
 * @param first which chunk it begins with
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

/** Whether a text is shown in parts. */
export function isPartial(window: TextWindow): boolean {
  return window.first > 0 || window.hasMore;
}

export function heldText({ chunks }: TextWindow): string {
  return chunks.join('');
}
