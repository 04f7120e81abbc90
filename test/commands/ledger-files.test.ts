import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskWork } from '../../source/commands/disk-work.ts';
import { keepsLedgers, ledgerDirectory, ledgerFiles } from '../../source/commands/ledger-files.ts';
import type { LedgerStore } from '../../source/polling/kept-ledger.ts';

let home: string;
let directory: string;
let store: LedgerStore;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'migtop-ledgers-'));
  directory = ledgerDirectory({ XDG_CACHE_HOME: home });
  store = ledgerFiles(directory, () => Date.now(), createDiskWork());
});
afterEach(() => rm(home, { recursive: true, force: true }));

const fileOf = (name: string): string => join(directory, `${name}.ledger`);
const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it('keeps a ledger where only this user can read it', async () => {
  expect(await store.load('one')).toBeNull();
  await store.save('one', 'text ü');
  expect(await store.load('one')).toBe('text ü');
  expect(await mode(directory)).toBe(0o700);
  expect(await mode(join(home, 'migtop'))).toBe(0o700);
  expect(await mode(fileOf('one'))).toBe(0o600);
  await store.save('one', 'later');
  expect(await store.load('one')).toBe('later');
  expect(await readdir(directory)).toEqual(['one.ledger']);
});

it('takes the directory from XDG_CACHE_HOME if that is an absolute path', () => {
  expect(ledgerDirectory({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/migtop/ledgers');
  expect(ledgerDirectory({ XDG_CACHE_HOME: 'cache', HOME: '/home/ana' })).toBe('/home/ana/.cache/migtop/ledgers');
  expect(ledgerDirectory({ HOME: '/home/ana' })).toBe('/home/ana/.cache/migtop/ledgers');
});

it('keeps nothing with --no-cache or MIGTOP_NO_CACHE', () => {
  expect(keepsLedgers({ cache: true }, {})).toBe(true);
  expect(keepsLedgers({ cache: false }, {})).toBe(false);
  expect(keepsLedgers({ cache: true }, { MIGTOP_NO_CACHE: '1' })).toBe(false);
});

describe('a file that somebody else may have made', () => {
  beforeEach(() => store.save('one', 'text'));

  it.each<[string, () => Promise<unknown>]>([
    ['is readable by a group', () => chmod(fileOf('one'), 0o640)],
    ['is writable by others', () => chmod(fileOf('one'), 0o602)],
    [
      'is a link',
      async () => {
        await rename(fileOf('one'), join(home, 'other'));
        await symlink(join(home, 'other'), fileOf('one'));
      },
    ],
    ['has another name', () => link(fileOf('one'), join(home, 'other'))],
    ['is too large', () => truncate(fileOf('one'), 65 * 1024 * 1024)],
    [
      'is a pipe',
      async () => {
        await rm(fileOf('one'));
        execFileSync('mkfifo', ['-m', '600', fileOf('one')]);
      },
    ],
    [
      'is a directory',
      async () => {
        await rm(fileOf('one'));
        await mkdir(fileOf('one'));
      },
    ],
  ])('is not read if it %s', async (_, change) => {
    await change();
    expect(await store.load('one')).toBeNull();
  });

  it('is replaced, and what a link points to is not written', async () => {
    await writeFile(join(home, 'precious'), 'precious');
    await rm(fileOf('one'));
    await symlink(join(home, 'precious'), fileOf('one'));
    await store.save('one', 'later');
    expect(await store.load('one')).toBe('later');
    expect((await stat(join(home, 'precious'))).size).toBe(8);
  });
});

it('writes nothing into a directory that is a link', async () => {
  await mkdir(join(home, 'elsewhere'));
  await mkdir(join(home, 'migtop'));
  await symlink(join(home, 'elsewhere'), directory);
  await store.save('one', 'text');
  expect(await readdir(join(home, 'elsewhere'))).toEqual([]);
});

it('takes a directory back that others can read', async () => {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await chmod(directory, 0o755);
  await store.save('one', 'text');
  expect(await mode(directory)).toBe(0o700);
});

it('does nothing if it cannot write', async () => {
  const nowhere = ledgerFiles('/dev/null/ledgers', () => Date.now(), createDiskWork());
  await nowhere.save('one', 'text');
  expect(await nowhere.load('one')).toBeNull();
});

describe('two programs that save at the same time', () => {
  it('leave the whole text of one of them, and no other file', async () => {
    const texts = Array.from({ length: 8 }, (_, program) => String(program).repeat(100_000));
    await Promise.all(
      texts.map((text) => ledgerFiles(directory, () => Date.now(), createDiskWork()).save('one', text)),
    );
    expect(texts).toContain(await store.load('one'));
    expect(await readdir(directory)).toEqual(['one.ledger']);
  });

  it('do not wait for one that was killed', async () => {
    await store.save('one', 'text');
    const [lock, half] = [`${fileOf('one')}.lock`, `${fileOf('two')}.aa.tmp`];
    await writeFile(lock, '');
    await store.save('one', 'not now');
    expect(await store.load('one')).toBe('text');
    await writeFile(half, 'ha');
    for (const file of [lock, half]) await utimes(file, 0, 0);
    await store.save('one', 'later');
    expect(await store.load('one')).toBe('later');
    expect(await readdir(directory)).toEqual(['one.ledger']);
  });

  it('do not wait for one that was killed before the clock was set back', async () => {
    await store.save('one', 'text');
    const lock = `${fileOf('one')}.lock`;
    await writeFile(lock, '');
    await utimes(lock, Date.now() / 1000 + 86_400, Date.now() / 1000 + 86_400);
    await store.save('one', 'later');
    expect(await store.load('one')).toBe('later');
  });
});

const size = 4_000_000;

/** A program that saves one text after the other, each of one digit, until it is killed; it writes a line for each. */
const savingProgram = `
  const [directory, files] = process.argv.slice(1);
  const { ledgerFiles } = await import(files);
  const disk = { run: async (work) => ({ kind: 'done', value: await work() }) };
  const store = ledgerFiles(directory, () => Date.now(), disk);
  for (let number = 0; ; number++) {
    await store.save('one', String(number % 10).repeat(${size}));
    process.stdout.write('saved\\n');
  }`;

it('leaves an old text or a new one, and never a part of one, if the program is killed while it saves', async () => {
  const files = new URL('../../source/commands/ledger-files.ts', import.meta.url).href;
  // Without a time limit: this machine may be busy.
  store = ledgerFiles(directory, () => Date.now(), {
    run: async (work) => ({ kind: 'done', value: await work(() => false) }),
  });
  await store.save('one', 'x'.repeat(size));
  for (let kill = 0; kill < 3; kill++) {
    const args = ['--input-type=module', '-e', savingProgram, directory, files];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    // At any moment of a save: the file is open, half written, closed, or renamed.
    await sleep(Math.random() * 20);
    child.kill('SIGKILL');
    await closed;
    const loaded = (await store.load('one')) ?? expect.fail('nothing can be read');
    expect([loaded.length, new Set(loaded).size]).toEqual([size, 1]);
    expect(loaded[0]).not.toBe('x');
    for (const name of await readdir(directory)) {
      expect(name).toMatch(/^one\.ledger(?:\.lock|\.[0-9a-f]{12}\.tmp)?$/);
      // The next program comes later than a minute after this one.
      if (name !== 'one.ledger') await utimes(join(directory, name), 0, 0);
    }
  }
  await store.save('one', 'whole');
  expect(await store.load('one')).toBe('whole');
  expect(await readdir(directory)).toEqual(['one.ledger']);
});

it('removes the oldest files', async () => {
  for (let number = 0; number < 35; number++) {
    await store.save(`t${number}`, 'text');
    await utimes(fileOf(`t${number}`), Date.now() / 1000, Date.now() / 1000 - 1000 + number);
  }
  await utimes(fileOf('t20'), 0, 0);
  await store.save('last', 'text');
  const left = await readdir(directory);
  expect(left.length).toBeLessThanOrEqual(32);
  expect(left).toContain('last.ledger');
  expect(left).not.toContain('t0.ledger');
  expect(left).not.toContain('t20.ledger');
});
