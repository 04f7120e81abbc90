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
/** Says whose directory it is: the process id, and among which processes that id counts. */
const ownerName = 'owner';

/** The path of a Unix socket must not be longer on macOS, the shortest of all. */
const longestSocketPath = 103;
/** A socket that does not answer in this time belongs to a process that is stopped: it lives. */
const longestAnswerMs = 1000;

/**
 * Makes a directory for the demo's socket that only this user can enter: mkdtemp gives it the mode 0700. What demos that
 * were killed have left is removed first.
 */
export async function privateDirectory(parent = tmpdir()): Promise<string> {
  const longest = join(parent, 'migtop-XXXXXX', socketName).length;
  const place = longest > longestSocketPath ? '/tmp' : parent;
  await sweep(place);
  // Whenever it is killed, something tells whose the directory is: first its name, then what is in it.
  const beginning = mkdtempSync(join(place, `migtop-${process.pid}-${digest(processNamespace())}-`));
  writeFileSync(join(beginning, ownerName), JSON.stringify({ pid: process.pid, among: processNamespace() }));
  const directory = join(place, `migtop-${beginning.slice(-6)}`);
  renameSync(beginning, directory);
  return directory;
}

/** From now on the socket tells by itself whether its process lives: `owner` is needed no more. */
export function listensIn(directory: string): void {
  rmSync(join(directory, ownerName), { force: true });
}

/** Removes a demo's directory. Nothing in it is anybody else's: the rest of it is left where there is one. */
export function removeDirectory(directory: string): void {
  for (const name of [socketName, ownerName]) rmSync(join(directory, name), { force: true });
  try {
    rmdirSync(directory);
  } catch {
    // Somebody has removed it, or put something of his own into it.
  }
}

/** Removes the directories of demos whose process is dead, and no other. */
async function sweep(place: string): Promise<void> {
  let names: string[] = [];
  try {
    names = readdirSync(place).filter((name) => /^migtop-(?:\d+-[\da-f]{8}-)?[A-Za-z0-9]{6}$/.test(name));
  } catch {
    // A place that cannot be listed has nothing to be removed by us.
  }
  await Promise.all(
    names.map(async (name) => {
      const directory = join(place, name);
      if (await isLeftOver(directory)) removeDirectory(directory);
    }),
  );
}

/** Whether a directory is a demo's of this user, and its process is dead. */
async function isLeftOver(directory: string): Promise<boolean> {
  try {
    const stats = lstatSync(directory);
    const { uid, mode } = stats;
    const isOurs = stats.isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0;
    const names = readdirSync(directory);
    if (!isOurs || names.some((name) => name !== socketName && name !== ownerName)) return false;
    const [, pid, among] = /-(\d+)-([\da-f]{8})-\w+$/.exec(directory) ?? [];
    if (pid !== undefined) return among === digest(processNamespace()) && !isAlive(Number(pid));
    // One that was killed as it removed it: while its process lives, there is always something in it.
    if (names.length === 0) return true;
    if (names.includes(socketName)) return (await answers(join(directory, socketName))) === 'refused';
    // Killed before it listened. Its process id says something only among the same processes.
    const owner: unknown = JSON.parse(readFileSync(join(directory, ownerName), 'utf8'));
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || !('among' in owner)) return false;
    return owner.among === processNamespace() && typeof owner.pid === 'number' && !isAlive(owner.pid);
  } catch {
    // It went away meanwhile, or cannot be read: another demo's concern.
    return false;
  }
}

/** Whether anybody listens at a socket. A process that is dead refuses; one that is stopped or busy does not answer. */
function answers(path: string): Promise<'refused' | 'perhaps'> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.setTimeout(longestAnswerMs, () => finish('perhaps'));
    socket.on('connect', () => finish('perhaps'));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'refused' : 'perhaps'));
    const finish = (answer: 'refused' | 'perhaps'): void => {
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

/** Whether a process has ended, and its parent has not asked for its exit code yet (Linux, proc_pid_stat(5)). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The state follows the program's name, which may hold any character.
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** What tells a container's processes from those of another one that shares the folder. */
function processNamespace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return process.platform;
  }
}
