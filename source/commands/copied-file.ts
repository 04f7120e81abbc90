import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { homeDirectory } from '../database/libpq/home-directory.ts';

/**
 * The folders for what was copied, the first one preferred: the user's state and, where that cannot be written, the folder of the
 * session (XDG Base Directory Specification).
 */
export function copyFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const state = env.XDG_STATE_HOME || join(homeDirectory({}), '.local', 'state');
  return [state, env.XDG_RUNTIME_DIR ?? ''].filter((folder) => folder !== '').map((folder) => join(folder, 'migtop'));
}

/** A path as a shell of this user takes it too: `~` for the home directory. */
export function shownPath(path: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = homeDirectory(env);
  return home !== '/' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/**
 * Writes what was copied into a file that only this user can read, in place of the one before. A link of that name is replaced,
 * never followed.
 *
 * @returns its path
 * @throws {Error} if no folder takes it
 */
export async function writeCopy(
  fileName: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  let failure: unknown;
  for (const folder of copyFolders(env)) {
    const file = join(folder, fileName);
    const draft = `${file}.${process.pid}`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rm(draft, { force: true });
      const handle = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      await rename(draft, file);
      return file;
    } catch (error) {
      failure ??= error;
      await rm(draft, { force: true }).catch(() => {});
    }
  }
  throw failure;
}
