import { createTerminal, type Terminal } from '../test/support/terminal.ts';
import { fewestBytes } from './fewest-bytes.ts';
import { type Chunk, screenSize } from './recording.ts';

/** One frame: the bytes that were written, and the minimum for the same change. */
export interface WeighedFrame {
  readonly atMs: number;
  readonly written: number;
  readonly fewest: number;
}

/** Maximum time between two chunks of one frame, in milliseconds. */
const gapMs = 40;

/** Replays a recording, and measures its frames from a time on. */
export async function weighFrames(chunks: readonly Chunk[], fromMs: number): Promise<WeighedFrame[]> {
  const terminal = createTerminal(screenSize);
  const weighed: WeighedFrame[] = [];
  for (const frame of framesOf(chunks)) {
    const before = frame.atMs < fromMs ? [] : terminal.cells();
    for (const { bytes } of frame.chunks) await terminal.write(bytes);
    if (frame.atMs < fromMs) continue;
    weighed.push({
      atMs: frame.atMs,
      written: frame.chunks.reduce((bytes, chunk) => bytes + chunk.bytes.length, 0),
      fewest: fewestBytes(before, terminal.cells()),
    });
  }
  terminal.dispose();
  return weighed;
}

/** The screen at the end of a recording. */
export async function lastScreen(chunks: readonly Chunk[]): Promise<Terminal> {
  const terminal = createTerminal(screenSize);
  for (const { bytes } of chunks) await terminal.write(bytes);
  return terminal;
}

function framesOf(chunks: readonly Chunk[]): { atMs: number; chunks: Chunk[] }[] {
  const frames: { atMs: number; chunks: Chunk[] }[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const chunk of chunks) {
    if (chunk.atMs - lastMs > gapMs) frames.push({ atMs: chunk.atMs, chunks: [] });
    frames.at(-1)?.chunks.push(chunk);
    lastMs = chunk.atMs;
  }
  return frames;
}
