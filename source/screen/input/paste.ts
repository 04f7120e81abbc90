import { textOf } from './utf8.ts';

/** Collects the text between the two marks of a bracketed paste. */
export interface PasteReader {
  /** Returns whether the paste ends with this byte. */
  push(byte: number): boolean;
  text(): string;
}

const end = [0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e] as const;
/** Maximum length that is kept: no field accepts more, and a clipboard may hold megabytes. */
const keptBytes = 16_384;

/** Reads a bracketed paste byte by byte, and keeps its first `keptBytes` bytes. */
export function createPasteReader(): PasteReader {
  const kept: number[] = [];
  let matched = 0;
  const keep = (byte: number): void => {
    if (kept.length < keptBytes) kept.push(byte);
  };
  return {
    push(byte) {
      if (byte === end[matched]) {
        matched += 1;
        return matched === end.length;
      }
      for (const skipped of end.slice(0, matched)) keep(skipped);
      matched = byte === end[0] ? 1 : 0;
      if (matched === 0) keep(byte);
      return false;
    },
    text: () => textOf(kept),
  };
}
