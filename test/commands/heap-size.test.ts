import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const source = new URL('../../source/commands/heap-size.ts', import.meta.url).href;

/** Runs a program that keeps the newest of what it allocates, and prints the value of an expression. */
async function valueAfter(begin: string, expression: string): Promise<number> {
  const program = `
    ${begin}
    const { getHeapSpaceStatistics } = await import('node:v8');
    const sizeOf = (name) => getHeapSpaceStatistics().find((space) => space.space_name === name).space_size / 2 ** 20;
    const kept = [];
    let largest = 0;
    for (let round = 0; round < 800; round++) {
      kept.push(Array.from({ length: 4000 }, (_, at) => ({ at, text: 'row ' + at })));
      if (kept.length > 60) kept.shift();
      largest = Math.max(largest, sizeOf('old_space'));
      await new Promise(setImmediate);
    }
    console.log(String(${expression}));`;
  const args = ['--input-type=module', '--eval', program];
  return Number((await promisify(execFile)(process.execPath, args)).stdout);
}

const begun = (name: string): string => `(await import(${JSON.stringify(source)})).${name}();`;

it('keeps the space for new objects from growing as V8 lets it, and from being small', async () => {
  const kept = await valueAfter(begun('keepYoungSpace'), `sizeOf('new_space')`);
  expect(kept).toBeGreaterThan(8);
  expect(kept).toBeLessThanOrEqual(32);
  expect(await valueAfter('', `sizeOf('new_space')`)).toBeGreaterThan(kept);
});

it('collects garbage before the heap grows as far as V8 lets it', async () => {
  const [limited, alone] = await Promise.all([
    valueAfter(begun('limitHeapGrowth'), 'largest'),
    valueAfter('', 'largest'),
  ]);
  expect(limited).toBeLessThan(alone * 0.8);
});
