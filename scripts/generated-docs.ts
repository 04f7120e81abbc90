/**
 * Generates parts of the documents from the program: the tables of keys, commands and options, and the measured figures.
 *
 * `npm run docs` writes each between its marks, such as `<!-- keys -->` and `<!-- /keys -->`; `--check` exits
 * with 1 if a document is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readResults } from '../bench/results.ts';
import { commandTable } from '../source/commands/command-table.ts';
import { configTable } from '../source/commands/config/declaration.ts';
import { exitCodeTable } from '../source/commands/exit-codes.ts';
import { optionTable } from '../source/commands/flags.ts';
import { keySummary, keyTable } from './key-table.ts';
import { manPage } from './man-page.ts';
import { measuredTable, resultLines, resultsFolder } from './measured.ts';

interface Part {
  readonly mark: string;
  /** Path from the root of the repository. */
  readonly document: string;
  readonly make: () => string | Promise<string>;
}

const parts: readonly Part[] = [
  { mark: 'key-summary', document: 'README.md', make: keySummary },
  { mark: 'keys', document: 'docs/operators.md', make: keyTable },
  { mark: 'results', document: 'README.md', make: async () => resultLines(await readResults(resultsFolder)) },
  { mark: 'exit-codes', document: 'docs/scripts.md', make: exitCodeTable },
  { mark: 'man', document: 'docs/migtop.1', make: manPage },
  { mark: 'config', document: 'docs/configuration.md', make: configTable },
  { mark: 'commands', document: 'docs/operators.md', make: commandTable },
  { mark: 'options', document: 'docs/operators.md', make: optionTable },
  {
    mark: 'measured',
    document: 'docs/performance.md',
    make: async () => measuredTable(await readResults(resultsFolder)),
  },
];

/**
 * Replaces the part between two marks of a text.
 *
 * @throws {Error} if the text does not have the marks
 */
export function withPart(text: string, mark: string, part: string): string {
  const [first, last] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const begin = text.indexOf(first);
  const end = text.indexOf(last);
  if (begin === -1 || end < begin)
    throw new Error(`The document has no marks ${first} and ${last}. Add them where the part belongs.`);
  return `${text.slice(0, begin + first.length)}\n${part}\n${text.slice(end)}`;
}

/** The documents with generated parts: their current text, and the generated one. */
export async function generatedDocuments(): Promise<{ name: string; now: string; generated: string }[]> {
  const names = [...new Set(parts.map(({ document }) => document))];
  return Promise.all(
    names.map(async (name) => {
      const now = readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
      let generated = now;
      for (const { mark, document, make } of parts)
        if (document === name) generated = withPart(generated, mark, await make());
      return { name, now, generated };
    }),
  );
}

if (import.meta.main) {
  for (const { name, now, generated } of await generatedDocuments()) {
    if (now === generated) continue;
    if (process.argv.includes('--check')) {
      console.error(`A generated part of ${name} is out of date. Update it with: npm run docs`);
      process.exitCode = 1;
    } else writeFileSync(new URL(`../${name}`, import.meta.url), generated);
  }
}
