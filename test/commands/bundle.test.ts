import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/program.ts';

let folder: string;
let files: string[];

beforeAll(async () => {
  folder = dirname(await builtProgram());
  files = (await readdir(folder)).filter((file) => file.endsWith('.js'));
});

/** The modules that the bundler notes in the files that are loaded before an entry's first line runs. */
async function modulesOf(entry: string): Promise<string> {
  const waiting = files.filter((file) => file === `${entry}.js` || file.startsWith(`${entry}-`));
  const texts = new Map<string, string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (texts.has(file)) continue;
    const text = await readFile(join(folder, file), 'utf8');
    texts.set(file, text);
    for (const [, path = ''] of text.matchAll(/^(?:import |\} from ).*?"\.\/([^"]+)";$/gm)) waiting.push(path);
  }
  return [...texts.values()].flatMap((text) => text.match(/^ *\/\/ \S+\.[cm]?[jt]sx?$/gm) ?? []).join('\n');
}

const screen = ['ink/build/ink.js', 'react-reconciler.production.js', 'react.production.js', 'yoga-layout/dist/'];
const database = ['pg/lib/client.js', 'database/connect.ts'];

describe('the code that a command loads', () => {
  it('is the parser of its words, and meow only for options', async () => {
    const modules = await modulesOf('cli');
    expect(modules).toContain('commands/arguments.ts');
    for (const module of ['meow/build/index.js', ...screen, ...database]) expect(modules).not.toContain(module);
  });

  it.each(['status', 'init'])('has no screen for %s', async (command) => {
    const modules = await modulesOf(command);
    for (const module of database) expect(modules).toContain(module);
    for (const module of screen) expect(modules).not.toContain(module);
  });

  it('is found, and is the production build, for the screen', async () => {
    const modules = await modulesOf('full-screen');
    for (const module of screen) expect(modules).toContain(module);
    expect(modules).not.toMatch(/\.development\.js|react-devtools-core\//);
  });
});
