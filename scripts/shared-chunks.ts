import { readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Loader, Plugin } from 'esbuild';

/** Entries that are bundled as if each imported what another module imports. Paths below `source/`. */
interface SharedImports {
  readonly of: string;
  readonly entries: readonly string[];
  /** The imports that they do not share. */
  readonly except?: RegExp;
}

const named = (names: readonly string[]): string[] => names.map((name) => `commands/${name}`);

/** The commands that connect to a database, and what they load later, but for the screen. */
const reading = named(
  ['act', 'doctor', 'export', 'metrics', 'plain', 'show', 'status', 'status-check', 'status-watch', 'wait'].map(
    (name) => `${name}.ts`,
  ),
);
const others = [
  ...named(['ascii-output.ts', 'config/personalize.ts', 'demo.ts', 'init.ts', 'monitor.tsx', 'run-custom.ts']),
  'polling/doctor/examine.ts',
  'presentation/sql-text.ts',
];
const drawing = [...named(['choose-target.tsx', 'full-screen.tsx']), 'screen/terminal/draw.ts'];

const groups: readonly SharedImports[] = [
  {
    of: 'cli.tsx',
    entries: [...reading, ...others, ...drawing, ...named(['complete.ts', 'config/parse-config.ts'])],
  },
  { of: 'commands/monitor.tsx', entries: [...reading, ...others, ...drawing] },
  {
    of: 'commands/full-screen.tsx',
    entries: [...reading, ...named(['config/personalize.ts', 'demo.ts']), 'polling/doctor/examine.ts'],
    except: /\/screen\//,
  },
  { of: 'commands/full-screen.tsx', entries: named(['choose-target.tsx']) },
];

const source = fileURLToPath(new URL('../source', import.meta.url));

/**
 * Makes few chunks. For each combination of entries that load a module esbuild makes a chunk, a hundred in all, and Node takes up to
 * half a millisecond to load one.
 */
export const sharedChunks: Plugin = {
  name: 'shared chunks',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      const entry = relative(source, path);
      const modules = groups.filter(({ entries }) => entries.includes(entry)).flatMap(importsOf);
      if (modules.length === 0) return null;
      const imports = modules.map((module) => `import ${JSON.stringify(module)};\n`);
      return {
        contents: `${readFileSync(path, 'utf8')}\n${imports.join('')}`,
        loader: extname(path).slice(1) as Loader,
      };
    });
  },
};

/** The paths of the modules of migtop that a group shares. */
function importsOf({ of, except }: SharedImports): string[] {
  const text = readFileSync(join(source, of), 'utf8');
  return [...text.matchAll(/^(?:import (?!type ).*|\}) from '(\.[^']+)';$/gm)].flatMap(([, name = '']) =>
    except?.test(name) === true ? [] : [join(source, dirname(of), name)],
  );
}
