import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const source = new URL('../../source/commands/young-space.ts', import.meta.url).href;

/** The size of V8's space for new objects in MB, after a program kept much of what it allocated for a while. */
async function sizeAfter(begin: string): Promise<number> {
  const program = `
    ${begin}
    const { getHeapSpaceStatistics } = await import('node:v8');
    const kept = [];
    for (let round = 0; round < 600; round++) {
      kept.push(Array.from({ length: 4000 }, (_, at) => ({ at, text: 'row ' + at })));
      if (kept.length > 20) kept.shift();
      await new Promise(setImmediate);
    }
    console.log(String(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20));`;
  const args = ['--input-type=module', '--eval', program];
  return Number((await promisify(execFile)(process.execPath, args)).stdout);
}

it('keeps the space for new objects from growing as V8 lets it, and from being small', async () => {
  const kept = await sizeAfter(`(await import(${JSON.stringify(source)})).keepYoungSpace();`);
  expect(kept).toBeGreaterThan(8);
  expect(kept).toBeLessThanOrEqual(32);
  expect(await sizeAfter('')).toBeGreaterThan(kept);
});
