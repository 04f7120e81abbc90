/**
 * The parts of the documents that are made from the program: the key table, the option table and the measured figures.
 *
 * `node scripts/generated-docs.ts` writes each between its marks, such as `<!-- keys -->` and `<!-- /keys -->`; `--check` exits 1
 * where a document has another one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readResults } from '../bench/results.ts';
import { optionTable } from '../source/commands/flags.ts';
import { keyTable } from './key-table.ts';
import { measuredTable, resultLines, resultsFolder } from './measured.ts';

interface Part {
  readonly mark: string;
  /** From the root of the repository. */
  readonly document: string;
  readonly make: () => string | Promise<string>;
}

const parts: readonly Part[] = [
  { mark: 'keys', document: 'README.md', make: keyTable },
  { mark: 'results', document: 'README.md', make: async () => resultLines(await readResults(resultsFolder)) },
  { mark: 'options', document: 'docs/operators.md', make: optionTable },
  {
    mark: 'measured',
    document: 'docs/performance.md',
    make: async () => measuredTable(await readResults(resultsFolder)),
  },
];

/**
 * A text with a part between its marks.
 *
 * @throws {Error} where it has no such marks
 */
export function withPart(text: string, mark: string, part: string): string {
  const [first, last] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const begin = text.indexOf(first);
  const end = text.indexOf(last);
  if (begin === -1 || end < begin) throw new Error(`There is no ${first} … ${last} in the document.`);
  return `${text.slice(0, begin + first.length)}\n${part}\n${text.slice(end)}`;
}

/** The documents that have generated parts: as they are, and as they have to be. */
export async function generatedDocuments(): Promise<{ name: string; now: string; due: string }[]> {
  const names = [...new Set(parts.map(({ document }) => document))];
  return Promise.all(
    names.map(async (name) => {
      const now = readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
      let due = now;
      for (const { mark, document, make } of parts) if (document === name) due = withPart(due, mark, await make());
      return { name, now, due };
    }),
  );
}

if (import.meta.main) {
  for (const { name, now, due } of await generatedDocuments()) {
    if (now === due) continue;
    if (process.argv.includes('--check')) {
      console.error(`A generated part of ${name} is out of date. Write it with: node scripts/generated-docs.ts`);
      process.exitCode = 1;
    } else writeFileSync(new URL(`../${name}`, import.meta.url), due);
  }
}
