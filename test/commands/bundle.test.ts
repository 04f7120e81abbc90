import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtModules } from '../support/program.ts';

let files: Metafile['outputs'];

beforeAll(async () => {
  files = await builtModules();
});

/** The files that are loaded before the first line of the last of these entries runs. */
function filesOf(...entries: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(Object.keys(files).filter((file) => entries.some((entry) => isEntry(file, entry))));
  // The set grows while it is read.
  for (const file of loaded) {
    for (const { path, kind, external } of files[file]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) loaded.add(path);
  }
  return loaded;
}

/** The modules in these files. */
function modulesOf(entry: string): string {
  return [...filesOf(entry)].flatMap((file) => modulesIn(file)).join('\n');
}

function isEntry(file: string, entry: string): boolean {
  return file === `dist/${entry}.js` || file.startsWith(`dist/${entry}-`);
}

/** Without the modules of which nothing is left. */
function modulesIn(file: string): string[] {
  return Object.entries(files[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  );
}

const screen = ['ink/build/ink.js', 'react-reconciler.production.js', 'react.production.js', 'yoga-layout/dist/'];
const database = ['pg/lib/client.js', 'database/connect.ts'];

describe('the code that a command loads', () => {
  it('is the parser of its words, and meow only for options', () => {
    const modules = modulesOf('cli');
    expect(modules).toContain('commands/arguments.ts');
    for (const module of ['meow/build/index.js', ...screen, ...database]) expect(modules).not.toContain(module);
  });

  it.each(['status', 'init'])('has no screen for %s', (command) => {
    const modules = modulesOf(command);
    for (const module of database) expect(modules).toContain(module);
    for (const module of screen) expect(modules).not.toContain(module);
  });

  it('is in few files, since each takes time to load', () => {
    expect(filesOf('cli', 'configure', 'monitor', 'draw', 'full-screen').size).toBeLessThan(25);
  });

  it('is found, and is the production build, for the screen', () => {
    const modules = modulesOf('full-screen');
    for (const module of screen) expect(modules).toContain(module);
    expect(modules).not.toMatch(/\.development\.js|react-devtools-core\//);
  });
});
