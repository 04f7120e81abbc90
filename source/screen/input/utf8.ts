/** UTF-8 a byte at a time (RFC 3629): what a chunk of input may end in the middle of. */

export function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** How many bytes follow this one in the same character. */
export function continuationsOf(byte: number): number {
  if (byte >= 0xc2 && byte < 0xe0) return 1;
  if (byte >= 0xe0 && byte < 0xf0) return 2;
  return byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder();

/** The character, or nothing where the bytes are not one. */
export function characterOf(bytes: readonly number[]): string {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return '';
  }
}

/** A text without the bytes that are none. */
export function textOf(bytes: readonly number[]): string {
  return lenient.decode(Uint8Array.from(bytes)).replaceAll('\uFFFD', '');
}
