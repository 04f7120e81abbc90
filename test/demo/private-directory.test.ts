import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listensIn, privateDirectory, removeDirectory, socketName } from '../../source/demo/private-directory.ts';

let place: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'demo-directory-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

/** Creates a directory like a demo's, with these files. */
async function directoryWith(name: string, files: Record<string, string>, mode = 0o700): Promise<string> {
  const directory = join(place, name);
  await mkdir(directory, { mode });
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
  return directory;
}

/** A socket whose process was killed. */
async function deadSocket(directory: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(join(directory, socketName))}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}

/** The files that are left after the next demo has started and ended. */
async function leftAfterNext(): Promise<string[]> {
  removeDirectory(await privateDirectory(place));
  return (await readdir(place)).sort();
}

test('a directory is private, names its owner until it has a socket, and is removed', async () => {
  const directory = await privateDirectory(place);
  expect(await readdir(directory)).toEqual(['owner']);
  listensIn(directory);
  expect(await readdir(directory)).toEqual([]);
  removeDirectory(directory);
  expect(await readdir(place)).toEqual([]);
  removeDirectory(directory);
});

test('the directories of dead demos are removed', async () => {
  await deadSocket(await directoryWith('migtop-dead01', {}));
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const own = await privateDirectory(place);
  const [mine = ''] = await readdir(place).then((names) => names.filter((name) => own.endsWith(name)));
  const owner = JSON.stringify({ ...JSON.parse(await ownerOf(own)), pid: dead.pid });
  await directoryWith('migtop-dead02', { owner });
  await deadSocket(await directoryWith('migtop-dead03', { owner }));
  await directoryWith('migtop-dead04', {});
  expect(await leftAfterNext()).toEqual([mine]);
});

test('that of a demo killed before it wrote its owner is removed, and that of a starting demo is not', async () => {
  const script = `
    const fs = require('node:fs');
    const make = fs.mkdtempSync;
    fs.mkdtempSync = (...given) => { make(...given); process.kill(process.pid, 'SIGKILL'); };
    require('node:module').syncBuiltinESMExports();
    import(${JSON.stringify(new URL('../../source/demo/private-directory.ts', import.meta.url).href)})
      .then(({ privateDirectory }) => privateDirectory(${JSON.stringify(place)}));`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
  const [left = ''] = await readdir(place);
  expect(left).toMatch(/^migtop-\d+-[\da-f]{8}-\w{6}$/);
  // The directory of a running process.
  const begun = left.replace(/^migtop-\d+/, `migtop-${process.pid}`);
  await directoryWith(begun, {});
  expect(await leftAfterNext()).toEqual([begun]);
});

test.runIf(process.platform === 'linux')('that of a zombie process is removed', async () => {
  const own = await privateDirectory(place);
  // A shell that replaces itself by a program that does not wait for its child.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 61'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    await expect.poll(() => readFile(`/proc/${parent.pid}/cmdline`, 'utf8'), { timeout: 10_000 }).toMatch(/^sleep/);
    process.kill(Number(String(pid)));
    const stat = `/proc/${String(pid).trim()}/stat`;
    await expect.poll(() => readFile(stat, 'utf8'), { timeout: 10_000 }).toContain(') Z ');
    const owner = { ...JSON.parse(await ownerOf(own)), pid: Number(String(pid)) };
    await directoryWith('migtop-dead05', { owner: JSON.stringify(owner) });
    const among = createHash('sha256').update(owner.among).digest('hex').slice(0, 8);
    await directoryWith(`migtop-${owner.pid}-${among}-dead06`, {});
    removeDirectory(own);
    expect(await leftAfterNext()).toEqual([]);
  } finally {
    parent.kill();
  }
});

test('a running demo’s directory stays, and any that may not be a demo’s of this user', async () => {
  const own = await privateDirectory(place);
  const owner = JSON.parse(await ownerOf(own)) as Record<string, unknown>;
  const server = createServer().listen(join(await directoryWith('migtop-alive1', {}), socketName));
  await once(server, 'listening');
  // A process in another container.
  await directoryWith('migtop-other1', { owner: JSON.stringify({ ...owner, pid: 2 ** 22 + 1, among: 'elsewhere' }) });
  await directoryWith(`migtop-${process.pid}-00000000-begin1`, {});
  await directoryWith('migtop-wrong1', { owner: 'no json' });
  await deadSocket(await directoryWith('migtop-files1', { 'notes.txt': 'mine' }));
  await deadSocket(await directoryWith('migtop-state-x', {}));
  const open = await directoryWith('migtop-open01', {});
  await deadSocket(open);
  await chmod(open, 0o755);
  await writeFile(join(place, 'migtop-file01'), '');
  await deadSocket(await directoryWith('linked', {}));
  await symlink(join(place, 'linked'), join(place, 'migtop-link01'));
  const before = (await readdir(place)).sort();
  expect(await leftAfterNext()).toEqual(before);
  expect(await readdir(join(place, 'migtop-files1'))).toContain('notes.txt');
  server.close();
});

async function ownerOf(directory: string): Promise<string> {
  return readFile(join(directory, 'owner'), 'utf8');
}
