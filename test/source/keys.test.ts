import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ownCommands } from '../../source/monitor/commands.ts';

const root = fileURLToPath(new URL('../../source/', import.meta.url));

/** The files that define keys, or read them from the terminal. */
const ofKeys = /^(?:monitor\/registry\/|monitor\/command\.ts|screen\/input\/)/;

/** The string literals of a file, with `…` for each value that is inserted. */
function textsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*$/gm, '');
  const literals = code.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`/g);
  return [...literals].map(([literal]) => literal.slice(1, -1).replace(/\$\{[^}]*\}/g, '…'));
}

/** A key that a sentence names by hand: `Esc`, `ctrl-c`, `(U unlocks it)`, `press y`. */
const byName = /\b(?:Enter|Esc|Tab|Shift-Tab|Space|PgUp|PgDn|[Cc]trl-[a-z])\b/;
const byLetter =
  /\b(?:press|presses|keys?) (?!a\b|I\b)[A-Za-z?:/](?![\w-])|[:;] [B-HJ-Zb-z?/] (?=[a-z]+s\b)|\([A-Za-z?:/](?= [a-z]+s\b)/;

function namesKey(text: string): boolean {
  return /[a-z…] [a-z…]/.test(text) && (byName.test(text) || byLetter.test(text));
}

it.each([
  ["toast('cannot pause (U unlocks it)')", true],
  ["'Enter confirms the reason'", true],
  ['`press y to undo it`', true],
  ["'nothing searched yet: / searches the detail'", true],
  ["'cannot pause (' + keyOf(state, 'unlock') + ' unlocks it)'", false],
  ["'nothing to undo'", false],
])('finds a key that is written by hand in %s: %s', (source, expected) => {
  expect(textsOf(source).some(namesKey)).toBe(expected);
});

it('names in messages no key that the lists or the detail do not have: either may be open when the message is shown', () => {
  const files = readdirSync(join(root, 'monitor'), { encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const code = files.map((path) => readFileSync(join(root, 'monitor', path), 'utf8')).join('\n');
  const named = new Set([...code.matchAll(/\b(?:keyOf|namedKey)\([^'\n]+'([a-z-]+)'\)/g)].map(([, id]) => id));
  expect([...named]).toEqual(expect.arrayContaining(['undo', 'results', 'pause-all', 'retry', 'resume', 'back']));
  const only = ownCommands
    .filter(({ id, scopes }) => named.has(id) && !(scopes.includes('list') && scopes.includes('detail')))
    .map(({ id }) => id);
  expect(only.sort()).toEqual([
    // After `Enter` in the palette.
    'apply',
    // After `Esc`, which the message names first.
    'filter',
    // A reason of the list: it names the row that is under the cursor there.
    'open',
    // After the key of the filter.
    'recall',
    // A reason of the detail.
    'search',
    // The palette shows it beside a sort order, in lists only.
    'sort',
  ]);
});

it('names keys in messages only through the registry: the configuration file may give a command other keys', () => {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !ofKeys.test(path))
    .flatMap((path) =>
      textsOf(readFileSync(join(root, path), 'utf8'))
        .filter(namesKey)
        .map((text) => `${path}: ${text}`),
    );
  expect(found.sort()).toEqual([
    // The terminal itself has these keys: no screen reads them.
    'commands/ask-password.ts: Password prompt cancelled with ctrl-c.',
    expect.stringMatching(/^monitor\/plain-lines\.ts: migtop watches .* Quit with …, or with … and Enter\.$/),
  ]);
});
