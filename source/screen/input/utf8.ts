/** UTF-8 byte by byte (RFC 3629): a chunk of input may end inside a character. */

/** Whether a byte continues a character that an earlier one began. */
export function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** How many more bytes the character has that begins with this byte. */
export function continuationsOf(byte: number): number {
  if (byte >= 0xc2 && byte < 0xe0) return 1;
  if (byte >= 0xe0 && byte < 0xf0) return 2;
  return byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder();

/** The character; empty if the bytes are not UTF-8. */
export function characterOf(bytes: readonly number[]): string {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return '';
  }
}

/** The text; bytes that are not UTF-8 are left out. */
export function textOf(bytes: readonly number[]): string {
  return lenient.decode(Uint8Array.from(bytes)).replaceAll('\uFFFD', '');
}
