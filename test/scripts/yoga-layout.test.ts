import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const module = new URL('../../scripts/yoga-layout.ts', import.meta.url).href;

it('yoga in the bundle lays out boxes, and does not load the fetch of Node', () => {
  const script = `
    const { default: Yoga, Edge } = await import(${JSON.stringify(module)});
    const node = Yoga.Node.create();
    node.setPadding(Edge.Left, 3);
    node.calculateLayout(80, undefined);
    const loaded = process.moduleLoadList.filter((name) => name.includes('undici/undici'));
    console.log(JSON.stringify([node.getComputedWidth(), node.getComputedPadding(Edge.Left), typeof fetch, loaded]));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([80, 3, 'function', []]);
});
