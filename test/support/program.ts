import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundleCache, fingerprint, metafileName } from '../../scripts/bundle-cache.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, bundleCache);
/** The cache directory of the programs under test, instead of the tester's own. */
export const testCache = join(root, 'node_modules/.cache/migtop-tests');
const staleAfterMs = 3_600_000;

let built: Promise<string> | undefined;

/**
 * Bundles the program as `npm run build` does, into a separate folder: a build that runs in the checkout at the same time is
 * not disturbed. One state of the sources is bundled once, whichever files and runs of tests ask for it; the build of `npm ci`
 * leaves a copy of its bundle for them.
 *
 * @returns the path of the launcher (`migtop.cjs`), to be started with `process.execPath`
 * @throws {Error} with what the bundler printed, when the sources do not build
 */
export function builtProgram(): Promise<string> {
  built ??= build();
  return built;
}

/** The modules of each file of the bundle, and the files that each imports. */
export async function builtModules(): Promise<Metafile['outputs']> {
  const path = join(dirname(await builtProgram()), '..', metafileName);
  return (JSON.parse(await readFile(path, 'utf8')) as Metafile).outputs;
}

export interface ProgramRun {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to an environment that names no database. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, before the launcher. */
  readonly nodeOptions?: readonly string[];
}

/** Runs the program without a terminal, its input empty, until it ends by itself. */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<ProgramRun> {
  const child = await startProgram(args, options);
  const [stdout, stderr, { code, signal }] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    ended(child),
  ]);
  return { code, signal, stdout, stderr };
}

/** Starts the program without a terminal, with pipes for its output. The caller has to wait for its end. */
export async function startProgram(args: readonly string[], options: RunOptions = {}): Promise<ChildProcess> {
  const launcher = await builtProgram();
  return spawn(process.execPath, [...(options.nodeOptions ?? []), launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plainEnvironment(), ...options.env },
  });
}

/** The environment of the tests without what would name a database or ask for colours, and with a cache directory for tests. */
export function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...process.env, XDG_CACHE_HOME: testCache, MIGTOP_CONFIG: '' }).flatMap(([name, value]) =>
      value === undefined || /^(PG|DATABASE_URL$|FORCE_COLOR$|NODE_OPTIONS$|NODE_ENV$|VITEST)/.test(name)
        ? []
        : [[name, value]],
    ),
  );
}

export function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function build(): Promise<string> {
  const name = await fingerprint(root);
  const target = join(cache, name);
  const launcher = join(target, 'dist/migtop.cjs');
  if (existsSync(launcher)) return launcher;
  await removeStale();
  await mkdir(cache, { recursive: true });
  // The processes of a run need the bundle at the same moment: one builds it, the others wait.
  const lock = join(cache, `${name}.lock`);
  while (!existsSync(launcher))
    if (await takeLock(lock)) await bundleInto(target).finally(() => rm(lock, { force: true }));
    else await wait(100);
  return launcher;
}

/** Whether this process has got the lock. That of a process that has ended is removed. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function bundleInto(target: string): Promise<void> {
  if (existsSync(join(target, 'dist/migtop.cjs'))) return;
  const folder = join(cache, `building-${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  try {
    // The build script works in its current folder, so it gets one that shows the sources and takes the output.
    for (const name of ['source', 'sql', 'scripts']) await symlink(join(root, name), join(folder, name));
    await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
    const child = spawn(process.execPath, [join(root, 'scripts/build.ts'), '--metafile', metafileName], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    });
    const [output, errors, { code }] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
    if (code !== 0) throw new Error(`The program does not build:\n${output}${errors}`);
    // Another process has built the same first.
    await rename(folder, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeStale(): Promise<void> {
  const names = await readdir(cache).catch(() => []);
  for (const name of names) {
    const folder = join(cache, name);
    const made = await stat(folder).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > staleAfterMs) await rm(folder, { recursive: true, force: true });
  }
}
