import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transition } from '../../../source/domain/transitions.ts';
import { createInputParser, type InputParser, patienceMs } from '../../../source/screen/input/parser.ts';
import { fakeTable, monitorOf } from '../../support/fake-table.ts';
import { nowMs, operation, snapshotOf, takenAt } from '../../support/fixtures.ts';
import { noise } from './sequences.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A part of the input, and the key in it that a user pressed. */
interface Part {
  readonly bytes: Buffer;
  readonly isKey: boolean;
  /** Whether it arrives in a separate chunk, as an unmarked paste and Esc do. */
  readonly isApart: boolean;
  /** Where it is split, and the milliseconds that pass at each split and after it. */
  readonly cuts: readonly number[];
  readonly gapMs: number;
  readonly restMs: number;
}

const pressed = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('p', 'r', 'u', 'j', 'k') },
  { weight: 1, arbitrary: fc.constantFrom('s', 'y', 'g', 'G', 'z', '2', '?', 'o') },
  { weight: 2, arbitrary: fc.constantFrom('p', 'r', 's', 'y', 'u').map((key) => `\u001B[${key.charCodeAt(0)}u`) },
  { weight: 1, arbitrary: fc.constantFrom('p', 'u').map((key) => `\u001B[27;1;${key.charCodeAt(0)}~`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u001B[A', '\u001B[B', '\u001BOB', '\u001B[1;1:1B', '\u001B[27u', '\u0004'),
  },
);
/** Among all that a terminal may say, words of keys. */
const words = fc.string({ unit: fc.constantFrom(...'prsyu pause resume 1;?'), maxLength: 12 });
const said = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.values(noise)) },
  { weight: 2, arbitrary: words.map((text) => Buffer.from(`\u001B]11;${text}\u001B\\`)) },
  { weight: 2, arbitrary: words.map((text) => Buffer.from(`\u001BP>|${text}\u001B\\`)) },
  { weight: 1, arbitrary: words.map((text) => Buffer.from(`\u001B_${text}\u009C`)) },
  { weight: 2, arbitrary: words.map((text) => Buffer.from(`\u001B[200~${text}\r${text}\u001B[201~`)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 2, 32, 35, 64), fc.nat(222), fc.nat(90))
      .map(([button, x, y]) => Buffer.from([0x1b, 0x5b, 0x4d, 32 + button, 33 + x, 33 + y])),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(64), fc.nat(500), fc.nat(500), fc.constantFrom('M', 'm'))
      .map(([button, x, y, end]) => Buffer.from(`\u001B[<${button};${x};${y}${end}`)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('p', 'u', 'y', 's').map((key) => Buffer.from(`\u001B[${key.charCodeAt(0)};1:3u`)),
  },
);
const unmarked = words.map((text) => Buffer.from(`p ${text} pause\r`));

const part: fc.Arbitrary<Part> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: pressed.map((key) => ({ bytes: Buffer.from(key), isKey: true, isApart: false })) },
      { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('\u001B'), isKey: true, isApart: true }) },
      { weight: 5, arbitrary: said.map((bytes) => ({ bytes, isKey: false, isApart: false })) },
      { weight: 1, arbitrary: unmarked.map((bytes) => ({ bytes, isKey: false, isApart: true })) },
    ),
    fc.array(fc.nat(40), { maxLength: 3 }),
    fc.constantFrom(0, 1, 50, 99),
    fc.constantFrom(0, 0, 5, 90, 800),
  )
  .map(([given, cuts, gapMs, restMs]) => ({ ...given, cuts, gapMs, restMs }));

interface Chunk {
  readonly all: Buffer;
  readonly keys: Buffer;
  readonly afterMs: number;
}

/** The chunks in which the parts arrive; of those that are no key `keys` has nothing. */
function chunksOf(parts: readonly Part[]): Chunk[] {
  const chunks: Chunk[] = [];
  let all = Buffer.alloc(0);
  let keys = Buffer.alloc(0);
  const close = (afterMs: number): void => {
    chunks.push({ all, keys, afterMs });
    all = keys = Buffer.alloc(0);
  };
  for (const { bytes, isKey, isApart, cuts, gapMs, restMs } of parts) {
    const places = isApart ? [] : cuts.filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b);
    if (isApart) close(1);
    for (const [index, to] of [...places, bytes.length].entries()) {
      const piece = bytes.subarray(places[index - 1] ?? 0, to);
      all = Buffer.concat([all, piece]);
      if (isKey) keys = Buffer.concat([keys, piece]);
      if (index < places.length) close(gapMs);
    }
    // Nothing follows Esc until it is known for Esc; and a pause ends a chunk.
    if (isApart) close(Math.max(restMs, 1100));
    else if (restMs > 0) close(restMs);
  }
  close(0);
  return chunks;
}

/** The transitions that a monitor writes when these chunks arrive, by the clock of the test. */
async function writtenBy(chunks: readonly (readonly [bytes: Buffer, afterMs: number])[]): Promise<Transition[]> {
  vi.setSystemTime(nowMs);
  const table = fakeTable([
    operation({ id: 1 }),
    operation({ id: 2, workerId: 2, status: 'paused' }),
    operation({ id: 3, workerId: 3, status: 'pending', startedAt: null }),
    operation({ id: 4, workerId: 4, status: 'failed', completedAt: takenAt - 5, errorMessage: 'no' }),
  ]);
  const { monitor } = monitorOf(table);
  monitor.store.emit({ kind: 'polled', snapshot: snapshotOf(table.rows), atMs: nowMs, nextSeconds: 60 });
  const parser: InputParser = createInputParser();
  let atMs = 0;
  for (const [bytes, afterMs] of chunks) {
    if (bytes.length > 0) monitor.take(parser.push(bytes, atMs));
    await settled();
    const pending = parser.pending();
    const patience = pending === null ? Number.POSITIVE_INFINITY : patienceMs[pending];
    if (afterMs >= patience) monitor.take(parser.giveUp(atMs + patience));
    atMs += afterMs;
    vi.setSystemTime(nowMs + atMs);
    table.takenAt = takenAt + 1 + atMs / 1000;
    await settled();
  }
  void monitor.stop();
  return table.asked.filter(({ question }) => question === 'act').map(({ argument }) => argument as Transition);
}

/** All answers of a table in memory have come. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

describe('a stream of keys, answers, mouse reports and pastes, split anywhere', () => {
  const runs = Number(process.env.FUZZ_RUNS ?? 300);

  it('changes the table exactly for complete, real keys of actions', async () => {
    let writes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 14 }), async (parts) => {
        const chunks = chunksOf(parts);
        const expected = await writtenBy(chunks.map(({ keys, afterMs }) => [keys, afterMs]));
        const seen = await writtenBy(chunks.map(({ all, afterMs }) => [all, afterMs]));
        writes += expected.length;
        expect(seen).toEqual(expected);
      }),
      { numRuns: runs },
    );
    // A fuzz that never writes would prove nothing.
    expect(writes).toBeGreaterThan(runs / 10);
  });
});
