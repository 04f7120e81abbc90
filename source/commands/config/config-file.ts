import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { codeOf, DatabaseError } from '../../database/database-error.ts';
import { homeDirectory } from '../../database/libpq/home-directory.ts';
import { isPlainPath } from '../../domain/quotable.ts';
import { shellWord } from '../../domain/quote-name.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Maximum size of the file in bytes. */
const largestBytes = 256 * 1024;

export interface ConfigText {
  readonly file: string;
  readonly text: string;
  /** Whether other users may read it. */
  readonly isReadableByOthers: boolean;
}

/** The file that is read without `--config` and MIGTOP_CONFIG (XDG Base Directory Specification). */
export function usualConfigFile(env: Environment): string {
  const given = env.XDG_CONFIG_HOME;
  const base = given !== undefined && isAbsolute(given) ? given : join(homeDirectory(env), '.config');
  return join(base, 'migtop', 'config.toml');
}

/**
 * Reads the configuration file: that of `--config`, else of MIGTOP_CONFIG, else the usual one, which does not have to exist, or may be
 * in a directory that this user cannot enter. An empty MIGTOP_CONFIG means none. Programs are run from the file, so it is refused if another user can write to it.
 *
 * @throws {DatabaseError} kind `usage`, with the remedy
 */
export function readConfigText(given: string | undefined, env: Environment): ConfigText | null {
  const named = given ?? env.MIGTOP_CONFIG;
  if (named === '') return null;
  const file = named ?? usualConfigFile(env);
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
    if (named === undefined && (isMissing || isInForeignHome(file))) return null;
    throw usage(
      isMissing
        ? `There is no configuration file ${shownPath(file)}`
        : `Cannot read the configuration file ${shownPath(file)}: ${codeOf(error)}`,
    );
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw usage(`The configuration file ${shownPath(file)} is not a file`);
    checkWriters(file, found);
    if (found.size > largestBytes)
      throw usage(`The configuration file ${shownPath(file)} is larger than ${largestBytes / 1024} kB`);
    const buffer = Buffer.alloc(largestBytes + 1);
    let length = 0;
    for (;;) {
      const bytes = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += bytes;
      if (bytes === 0 || length === buffer.length) break;
    }
    if (length > largestBytes)
      throw usage(`The configuration file ${shownPath(file)} is larger than ${largestBytes / 1024} kB`);
    return { file, text: decoded(file, buffer.subarray(0, length)), isReadableByOthers: (found.mode & 0o044) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

/** Whether this user may not even enter the directory, as with the HOME of another user. A file that is seen must be readable. */
function isInForeignHome(file: string): boolean {
  try {
    statSync(file);
    return false;
  } catch (error) {
    return codeOf(error) === 'EACCES';
  }
}

function decoded(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usage(`The configuration file ${shownPath(file)} is not UTF-8`);
  }
}

/** @throws {DatabaseError} if a user other than this one and root can change the file */
function checkWriters(file: string, found: { readonly uid: number; readonly mode: number }): void {
  const remedy = 'commands are run from it';
  const own = process.getuid?.();
  if (own !== undefined && found.uid !== own && found.uid !== 0)
    throw usage(
      `The configuration file ${shownPath(file)} belongs to another user, and ${remedy}. Make a copy of your own`,
    );
  if ((found.mode & 0o022) !== 0)
    throw usage(
      `Other users can write to the configuration file ${shownPath(file)}, and ${remedy}: chmod go-w ${word(file)}`,
    );
  // For a symbolic link: the folder of the link, and the folder of the file.
  for (const path of new Set([dirname(file), dirname(realpathSync(file))])) {
    const folder = statSync(path);
    const isForeign = own !== undefined && folder.uid !== own && folder.uid !== 0;
    const isSticky = (folder.mode & 0o1000) !== 0;
    if (!isForeign && ((folder.mode & 0o002) === 0 || isSticky)) continue;
    const mend = isForeign ? `the folder ${word(path)} belongs to another user` : `chmod o-w ${word(path)}`;
    throw usage(`Other users can replace the configuration file ${shownPath(file)}, and ${remedy}: ${mend}`);
  }
}

/** Whether a text is a path, also a relative one without `./` before it. */
const isShown = (file: string): boolean => isPlainPath(file) || /^[\w.-]+(?:\/[\w.-]+)*$/.test(file);

/** A path for a message. Another text than a path may be a mistyped password. */
export function shownPath(file: string): string {
  return isShown(file) ? file : '(path not shown)';
}

function word(file: string): string {
  return isShown(file) ? shellWord(file) : 'FILE';
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
