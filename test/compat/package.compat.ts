import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let files: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-pack-'));
  // Without its scripts it packs dist/ as `npm ci` has built it.
  const packing = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [packed] = JSON.parse(packing.stdout) as { filename: string; files: { path: string }[] }[];
  files = packed?.files.map(({ path }) => path) ?? [];
  await mkdir(join(folder, 'node_modules'));
  await run('tar', ['xzf', join(folder, packed?.filename ?? ''), '-C', join(folder, 'node_modules')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has the bundle, the types, the SQL and the documents that it shows, and nothing else', () => {
  const known = [
    /^dist\/[\w-]+\.js$/,
    /^dist\/migtop\.cjs$/,
    /^dist\/demo-data-[\d.]+\.tar\.br$/,
    /^dist\/types\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
    /^sql\/(?:[\w-]+\/)*[\w-]+\.sql$/,
    /^(?:README\.md|CHANGELOG\.md|LICENSE|package\.json)$/,
    /^(?:docs|man)\/migtop\.1$/,
  ];
  expect(files.filter((path) => !known.some((one) => one.test(path)))).toEqual([]);
  for (const wanted of [
    'dist/migtop.cjs',
    'dist/cli.js',
    'dist/worker.js',
    'dist/demo-host.js',
    'sql/options/guard.sql',
  ])
    expect(files).toContain(wanted);
  expect(files).toContain(packageJson.exports['./worker'].types.replace('./', ''));
});

it('has only ASCII in the program, which V8 then keeps in one byte for each character', async () => {
  const chunks = files.filter((path) => /^dist\/(?!worker|demo-host)[\w-]+\.js$/.test(path));
  expect(chunks.length).toBeGreaterThan(10);
  for (const path of chunks)
    expect(await readFile(join(folder, 'node_modules/package', path), 'utf8'), path).toMatch(/^[\0-\x7f]*$/);
});

it('starts from its bundle, without any other package', async () => {
  const launcher = join(folder, 'node_modules/package/dist/migtop.cjs');
  const { stdout } = await run(process.execPath, [launcher, '--version']);
  expect(stdout).toBe(`migtop ${packageJson.version}\n`);
  const shown = await run(process.execPath, [launcher, 'init', '--roles']);
  expect(shown.stdout).toContain('CREATE ROLE %I NOLOGIN');
});
