import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The name of the socket, which psql and pg derive from the port. */
export const socketName = '.s.PGSQL.5432';
/** The file that names the directory's process: its id, and the process namespace in which that id is valid. */
const ownerName = 'owner';

/** Maximum length of a Unix socket's path in bytes: that of macOS, the lowest of all systems. */
const maxSocketPath = 103;
/** Maximum wait for a socket's answer, in milliseconds. A process that does not answer is stopped, not dead. */
const maxAnswerMs = 1000;

/**
 * Creates a directory for the demo's socket that only this user can enter (mkdtemp uses the mode 0700). First it removes the
 * directories of demos that were killed.
 */
export async function privateDirectory(parent = tmpdir()): Promise<string> {
  const longest = join(parent, 'migtop-XXXXXX', socketName).length;
  const place = longest > maxSocketPath ? '/tmp' : parent;
  await removeLeftOvers(place);
  // Whenever this process is killed, the directory shows its owner: first by its name, then by the file in it.
  const temporary = mkdtempSync(join(place, `migtop-${process.pid}-${digest(processNamespace())}-`));
  writeFileSync(join(temporary, ownerName), JSON.stringify({ pid: process.pid, among: processNamespace() }));
  const directory = join(place, `migtop-${temporary.slice(-6)}`);
  renameSync(temporary, directory);
  return directory;
}

/** Removes the `owner` file: once the demo listens, the socket shows whether its process lives. */
export function listensIn(directory: string): void {
  rmSync(join(directory, ownerName), { force: true });
}

/** Removes a demo's files and its directory. Keeps the directory if it holds anything else. */
export function removeDirectory(directory: string): void {
  for (const name of [socketName, ownerName]) rmSync(join(directory, name), { force: true });
  try {
    rmdirSync(directory);
  } catch {
    // It was removed already, or holds other files.
  }
}

/** Removes the directories of demos whose process is dead. */
async function removeLeftOvers(place: string): Promise<void> {
  let names: string[] = [];
  try {
    names = readdirSync(place).filter((name) => /^migtop-(?:\d+-[\da-f]{8}-)?[A-Za-z0-9]{6}$/.test(name));
  } catch {
    // A directory that cannot be listed has nothing to remove.
  }
  await Promise.all(
    names.map(async (name) => {
      const directory = join(place, name);
      if (await isLeftOver(directory)) removeDirectory(directory);
    }),
  );
}

/** Whether a directory belongs to a demo of this user whose process is dead. */
async function isLeftOver(directory: string): Promise<boolean> {
  try {
    const stats = lstatSync(directory);
    const { uid, mode } = stats;
    const isOurs = stats.isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0;
    const names = readdirSync(directory);
    if (!isOurs || names.some((name) => name !== socketName && name !== ownerName)) return false;
    const [, pid, among] = /-(\d+)-([\da-f]{8})-\w+$/.exec(directory) ?? [];
    if (pid !== undefined) return among === digest(processNamespace()) && !isAlive(Number(pid));
    // Empty: its process was killed while removing it.
    if (names.length === 0) return true;
    if (names.includes(socketName)) return (await answers(join(directory, socketName))) === 'refused';
    // Its process was killed before it listened. A process id is valid only in its own namespace.
    const owner: unknown = JSON.parse(readFileSync(join(directory, ownerName), 'utf8'));
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || !('among' in owner)) return false;
    return owner.among === processNamespace() && typeof owner.pid === 'number' && !isAlive(owner.pid);
  } catch {
    // It was removed at the same time, or cannot be read.
    return false;
  }
}

/** Whether a socket refuses connections: that of a dead process does; a stopped or busy process does not answer. */
function answers(path: string): Promise<'refused' | 'open or busy'> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.setTimeout(maxAnswerMs, () => finish('open or busy'));
    socket.on('connect', () => finish('open or busy'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ECONNREFUSED' ? 'refused' : 'open or busy'),
    );
    const finish = (answer: 'refused' | 'open or busy'): void => {
      socket.destroy();
      resolve(answer);
    };
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return !isZombie(pid);
}

/** Whether a process has ended, but its parent has not read its exit code yet (Linux, proc_pid_stat(5)). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The state follows the program's name, which may contain any character.
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Identifies the process namespace: two containers that share the directory have different ones. */
function processNamespace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return process.platform;
  }
}
