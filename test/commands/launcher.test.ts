import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { builtProgram, runProgram } from '../support/program.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-launcher-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program as if another Node had started it. */
async function runOn(version: string, ...argv: string[]) {
  const preload = join(folder, `${version}.cjs`);
  await writeFile(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: ${JSON.stringify(version)} } });`,
  );
  return runProgram(argv, { nodeOptions: ['--require', preload] });
}

it('prints its version and its help', async () => {
  const [version, help] = await Promise.all([runProgram(['--version']), runProgram(['--help'])]);
  expect(version).toEqual({ code: 0, signal: null, stdout: `migtop ${packageJson.version}\n`, stderr: '' });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/Usage[\s\S]*Options[\s\S]*Exit codes/);
});

it('can be executed, and is the file that the package names', async () => {
  const launcher = await builtProgram();
  expect((await stat(launcher)).mode & 0o111).toBe(0o111);
  expect(launcher.endsWith(packageJson.bin.migtop)).toBe(true);
});

describe('the compiled code', () => {
  it('is cached for the next start in a folder of the user', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    await runProgram(['--version'], { env: { HOME: home, XDG_CACHE_HOME: '', NODE_COMPILE_CACHE: '' } });
    expect(await readdir(join(home, '.cache', 'migtop'))).toHaveLength(1);

    const cache = join(home, 'elsewhere');
    await runProgram(['--version'], { env: { HOME: home, XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: '' } });
    expect(await readdir(join(cache, 'migtop'))).toHaveLength(1);
  });

  it('is not cached if the user has no writable folder, and the program starts', async () => {
    const run = await runProgram(['--version'], { env: { XDG_CACHE_HOME: '/dev/null', NODE_COMPILE_CACHE: '' } });
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('an older Node', () => {
  it.each(['20.20.2', '22.11.0', '18.0.0', '8.17.0', '22.0.0'])(
    '%s is refused with one line that names the required version',
    async (version) => {
      expect(await runOn(version, '--version')).toEqual({
        code: 1,
        signal: null,
        stdout: '',
        stderr: `migtop requires Node 22.12 or newer; this is Node ${version} (${process.execPath}). Install a newer one (nodejs.org, or: nvm install 22), or use the single executable of migtop, which needs no Node.\n`,
      });
    },
  );

  it('is told of the newer one that npm installed', async () => {
    const launcher = join(folder, 'dist', 'migtop.cjs');
    const own = join(folder, 'node_modules', '.bin', 'node');
    await Promise.all([launcher, own].map((file) => mkdir(dirname(file), { recursive: true })));
    await Promise.all([copyFile(await builtProgram(), launcher), writeFile(own, '')]);
    const preload = join(folder, 'old.cjs');
    await writeFile(preload, "Object.defineProperty(process, 'versions', { value: { node: '18.0.0' } });");
    const { status, stderr } = spawnSync(process.execPath, ['--require', preload, launcher], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `migtop requires Node 22.12 or newer; this is Node 18.0.0 (${process.execPath}). A newer one is installed with migtop: run npx migtop, or ${own} ${launcher}.\n`,
    );
  });

  it.each(['22.12.0', '22.12.1', '23.0.0', '26.10.0', '100.0.0'])('%s is not one', async (version) => {
    expect(await runOn(version, '--version')).toMatchObject({ code: 0, stderr: '' });
  });
});
