import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { homeDirectory } from '../database/libpq/home-directory.ts';
import type { LedgerStore } from '../polling/kept-ledger.ts';
import type { DiskWork } from './disk-work.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The directory of kept ledgers: under the XDG cache directory (XDG Base Directory Specification). */
export function ledgerDirectory(env: Environment): string {
  const given = env.XDG_CACHE_HOME;
  const base = given !== undefined && isAbsolute(given) ? given : join(homeDirectory(env), '.cache');
  return join(base, 'migtop', 'ledgers');
}

/** Whether ledgers are kept: unless `--no-cache` or MIGTOP_NO_CACHE forbids it. */
export function keepsLedgers({ cache }: { readonly cache: boolean }, env: Environment): boolean {
  return cache && (env.MIGTOP_NO_CACHE ?? '') === '';
}

/** Maximum size of a file in bytes; that of a table of ten million rows and 200 tables has some megabytes. */
const largestBytes = 64 * 1024 * 1024;

/** Maximum number of files, and their maximum age: older ones are removed. */
const mostFiles = 32;
const longestMs = 30 * 86_400_000;

/** After how many milliseconds a lock or a temporary file is one of a program that was killed. */
const abandonedMs = 60_000;

/** How long a start and an end wait for the disk, in milliseconds. */
const limitsMs = { load: 1000, save: 1000 } as const;

const ending = '.ledger';

/**
 * Keeps ledgers in files that only this user can read and write. A file is read only if this user owns it, no other user can read or
 * write it, and it is neither a link nor too large. It is replaced by renaming, so a reader never sees half of it; of two programs
 * that save at the same time, one does.
 *
 * @param date this machine's clock in milliseconds
 */
export function ledgerFiles(directory: string, date: () => number, disk: DiskWork): LedgerStore {
  const path = (name: string): string => join(directory, `${name}${ending}`);

  /** Creates the directory. False if others can write to it. */
  async function isPrivate(): Promise<boolean> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await lstat(directory);
    if (!found.isDirectory() || !isOwn(found.uid)) return false;
    if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
    return true;
  }

  async function write(name: string, text: string): Promise<void> {
    if (text.length > largestBytes || !(await isPrivate())) return;
    const lock = `${path(name)}.lock`;
    if (!(await take(lock))) return;
    const temporary = `${path(name)}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const handle = await open(temporary, writeNew, 0o600);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      await rename(temporary, path(name));
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    } finally {
      await unlink(lock).catch(() => {});
    }
    await removeOld();
  }

  /** Creates the lock file. False if another program has it. */
  async function take(lock: string): Promise<boolean> {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await (await open(lock, writeNew, 0o600)).close();
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const { mtimeMs } = await lstat(lock);
      // A lock from the future is one of before the clock was set back.
      if (Math.abs(date() - mtimeMs) < abandonedMs) return false;
      await unlink(lock);
    }
    return false;
  }

  async function removeOld(): Promise<void> {
    const found: { readonly file: string; readonly ageMs: number }[] = [];
    for (const name of await readdir(directory)) {
      const file = join(directory, name);
      const { mtimeMs } = await lstat(file);
      const ageMs = date() - mtimeMs;
      if (name.endsWith(ending)) found.push({ file, ageMs });
      else if (/\.(?:tmp|lock)$/.test(name) && ageMs > abandonedMs) await unlink(file);
    }
    const oldest = found.sort((a, b) => b.ageMs - a.ageMs);
    for (const [place, { file, ageMs }] of oldest.entries())
      if (ageMs > longestMs || place < oldest.length - mostFiles) await unlink(file);
  }

  return {
    async load(name) {
      const read = await disk
        .run(() => readPrivate(path(name)), { ms: limitsMs.load, isKept: false })
        .catch(() => ({ kind: 'late' as const }));
      return read.kind === 'done' ? read.value : null;
    },
    async save(name, text) {
      // Without the file, the next run counts the table.
      await disk.run(() => write(name, text), { ms: limitsMs.save, isKept: false }).catch(() => {});
    },
  };
}

/** A link in the place of the file is not followed. */
const writeNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The text of a file that only this user can have written; else null. */
async function readPrivate(file: string): Promise<string | null> {
  // Opening a pipe would wait for its writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || !isOwn(found.uid) || found.nlink !== 1) return null;
    if ((found.mode & 0o077) !== 0 || found.size > largestBytes) return null;
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Whether this user owns a file. On a system without user ids, the home directory protects it. */
function isOwn(uid: number): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}
