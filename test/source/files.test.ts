import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { importCircles } from '../support/import-circles.ts';

const longest = 300;
const root = fileURLToPath(new URL('../../source/', import.meta.url));

/** The text of each file of `source/`, by its path in there. */
const sources = new Map(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[cm]?tsx?$/.test(path))
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]),
);

/** The end of a text, after its last docstring. */
function lastPart(text: string): string {
  return text.slice(text.lastIndexOf('*/') + 2).trim();
}

it('has no import circle in source/, not even of types', () => {
  expect(sources.size).toBeGreaterThan(100);
  expect(importCircles(sources)).toEqual([]);
});

it(`has no file with more than ${longest} lines in source/`, () => {
  const tooLong = [...sources].flatMap(([path, text]) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > longest ? [`${path}: ${lines} lines`] : [];
  });
  expect(tooLong).toEqual([]);
});

it('keeps values in no module but those of the process and of its terminal: a memo has an owner', () => {
  const known = [
    // A process has one terminal. The characters and styles that it can draw are few, and each is measured once.
    'presentation/text-width.ts',
    'screen/terminal/cells.ts',
    'screen/terminal/painted-rows.ts',
    'screen/terminal/sgr.ts',
    // The texts of queries are few, and each is searched for its parameters once; or once for a target, which owns them.
    'database/literals.ts',
    'database/query.ts',
    // Values that the process needs when it ends or crashes.
    'cli.tsx',
    'commands/disk-work.ts',
  ];
  const kept =
    /^(?:export )?(?:let |const \w+(?:: .*)? = new (?:Weak(?:Map|Set)|(?:Uint8)?Array)\b|const \w+(?:: (?:Map|Set)<.*>)? = new (?:Map|Set)(?:<.*>)?\(\)|const \w+: \w+(?:<.*>)?\[\] = )/m;
  expect([...sources].flatMap(([path, text]) => (kept.test(text) ? [path] : [])).sort()).toEqual(known.sort());
});

it('has no two exported types of one name in source/', () => {
  const files = new Map<string, string[]>();
  for (const [path, text] of sources) {
    for (const [, name = ''] of text.matchAll(/^export (?:declare )?(?:interface|type|class|enum) (\w+)/gm))
      files.set(name, [...(files.get(name) ?? []), path]);
  }
  expect(files.size).toBeGreaterThan(100);
  expect([...files].filter(([, paths]) => paths.length > 1)).toEqual([]);
});

it('has a docstring before each exported function in source/', () => {
  let functions = 0;
  const bare = [...sources].flatMap(([path, text]) => {
    const lines = text.split('\n');
    return lines.flatMap((line, index) => {
      const [, name] = /^export (?:default )?(?:async )?function\*? (\w+)/.exec(line) ?? [];
      if (name === undefined) return [];
      functions += 1;
      const before = lines.slice(0, index).join('\n').trimEnd();
      // An overload has the docstring of the first one.
      const isOverload = new RegExp(`^export (?:async )?function ${name}\\b[^]*;$`).test(lastPart(before));
      return before.endsWith('*/') || isOverload ? [] : [`${path}: ${name}`];
    });
  });
  expect(functions).toBeGreaterThan(1000);
  expect(bare).toEqual([]);
});

it.each([
  [
    'of two files',
    { 'a.ts': "import { b } from './b.ts';", 'b.ts': "import { a } from './a.ts';" },
    'a.ts -> b.ts -> a.ts',
  ],
  [
    'of types alone, over several rooms',
    {
      'x/a.ts': "import type { B } from '../y/b.ts';",
      'y/b.ts': "export type { C } from './c.ts';",
      'y/c.ts': "type A = import('../x/a.ts').A;",
    },
    'x/a.ts -> y/b.ts -> y/c.ts -> x/a.ts',
  ],
  ['of a file that imports itself', { 'a.ts': "import './a.ts';" }, 'a.ts -> a.ts'],
])('finds a circle %s', (_what, files, circle) => {
  expect(importCircles(new Map(Object.entries(files)))).toEqual([circle]);
});

it('takes two ways to one file for no circle', () => {
  const files = {
    'a.ts': "import './b.ts'; import './c.ts';",
    'b.ts': "import './c.ts';",
    'c.ts': "import 'node:fs';",
  };
  expect(importCircles(new Map(Object.entries(files)))).toEqual([]);
});
