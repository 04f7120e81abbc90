import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => join(folder, path));
}

const code = [
  ...filesIn('source', /\.[cm]?tsx?$/),
  ...filesIn('sql', /\.sql$/),
  ...['scripts', 'bench', 'test'].flatMap((folder) => filesIn(folder, /\.(?:[cm]?tsx?|sql)$/)),
].filter((path) => path !== join('test', 'source', 'words.test.ts'));

const documents = [...filesIn('docs', /\.md$/), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Words of an earlier style, and what plain English says instead (CONTRIBUTING.md, "Words"). */
const replaced: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'again'],
  [/\bfor ever\b/i, 'permanently'],
  [/\b(?:be)?came of\b/i, 'result'],
  [/\bcomes? to (?:its|an|\d)/i, 'is'],
  [/\blets? go\b/i, 'releases'],
  [/\b(?:is|are|was) brought\b|\bbrings\b/i, 'is read, reads'],
  [/\breceipts?\b/i, 'action, result'],
  [/\bheld rows\b/i, 'row cache'],
  [/\b(?:cadence|tempo)\b/i, 'poll interval'],
  [/\bwhoever\b/i, 'another session, an operator, a person'],
  [/\bstands? (?:beside|behind|there|above|below|in)\b/i, 'is'],
  [/\bof its own\b/i, 'separate'],
  [/\bso long as\b/i, 'while'],
  [/\bdeeds?\b/i, 'action'],
  [/\bbatch actions?\b/i, 'action on many'],
  [/\blocal log\b/i, 'local audit'],
  [/\bfollowed actions?\b/i, 'tracked action'],
  [
    /\bso many [^.]*\bso many\b|\b(?:after|in|within|for|at (?:most|least)) so many\b/i,
    'the number by its name, or how many',
  ],
];

/** A comment, or a sentence in one, that begins with "What …" as a noun. */
const nounWhat = /^\s*(?:\/\*\*|\*|\/\/|--|-)\s+(?:[^?]*[.:;] )?What [^?]*$/;

/** A comment without a subject: the reader has to look for the one before it. */
const fragment =
  /^\s*(?:\/\*\*|\/\/)\s+(?:Of [a-z]|The same(?:[,.:]| (?:as|at|by|for|from|if|in|of|on|up|when|where|with|without)\b))/;

function linesOf(path: string): string[] {
  return readFileSync(join(root, path), 'utf8').split('\n');
}

it('uses no word of the earlier style', () => {
  expect(code.length + documents.length).toBeGreaterThan(1100);
  const found = [...code, ...documents].flatMap((path) =>
    linesOf(path).flatMap((line, index) =>
      replaced
        .filter(([word]) => word.test(line))
        .map(([, plain]) => `${path}:${index + 1}: say "${plain}": ${line.trim()}`),
    ),
  );
  expect(found).toEqual([]);
});

it('begins no comment with "What …": it names the thing, or says what a function returns', () => {
  const found = [...code, 'CHANGELOG.md'].flatMap((path) =>
    linesOf(path).flatMap((line, index) => (nounWhat.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

it('begins no comment with "Of …" or "The same …" instead of its subject', () => {
  const found = code.flatMap((path) => {
    const lines = linesOf(path);
    return lines.flatMap((line, index) =>
      fragment.test(line) && !/^\s*\/\//.test(lines[index - 1] ?? '') ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    );
  });
  expect(found).toEqual([]);
});
