import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const source = new URL('../../source/commands/heap-size.ts', import.meta.url).href;

interface Work {
  readonly rounds: number;
  /** How many of the newest rounds keep what they have allocated. */
  readonly kept: number;
  readonly flags?: readonly string[];
}

/**
 * Runs a program that keeps some of what it allocates for a while. Returns the size of V8's space for new objects at the end, and the largest
 * one of that for old objects in the second half, in MB.
 */
async function sizesAfter(begin: string, { rounds, kept, flags = [] }: Work): Promise<readonly [number, number]> {
  const program = `
    ${begin}
    const { getHeapSpaceStatistics } = await import('node:v8');
    const sizeOf = (name) => getHeapSpaceStatistics().find((space) => space.space_name === name).space_size / 2 ** 20;
    const kept = [];
    let largest = 0;
    for (let round = 0; round < ${rounds}; round++) {
      kept.push(Array.from({ length: 4000 }, (_, at) => ({ at, text: 'row ' + at })));
      if (kept.length > ${kept}) kept.shift();
      if (round > ${rounds / 2}) largest = Math.max(largest, sizeOf('old_space'));
      await new Promise(setImmediate);
    }
    console.log(JSON.stringify([sizeOf('new_space'), largest]));`;
  const args = [...flags, '--input-type=module', '--eval', program];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as [number, number];
}

const begun = (name: string): string => `(await import(${JSON.stringify(source)})).${name}();`;

it('keeps the space for new objects from growing as V8 lets it, and from being small', async () => {
  const work: Work = { rounds: 600, kept: 20 };
  const [kept] = await sizesAfter(begun('keepYoungSpace'), work);
  expect(kept).toBeGreaterThan(8);
  expect(kept).toBeLessThanOrEqual(32);
  const [alone] = await sizesAfter('', work);
  expect(alone).toBeGreaterThan(kept);
});

it('limits how much the heap grows until garbage is collected', async () => {
  // V8 alone decides by the time that collections take: here it begins with the most.
  const work: Work = { rounds: 1600, kept: 100, flags: ['--heap-growing-percent=300'] };
  const [[, limited], [, most]] = await Promise.all([sizesAfter(begun('limitHeapGrowth'), work), sizesAfter('', work)]);
  expect(limited).toBeLessThan(most * 0.8);
});
