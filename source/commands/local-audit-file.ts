import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Appends in one write, so that lines of two programs do not mix, and waits until the text is on the disk. */
export async function append(file: string, text: string): Promise<void> {
  const handle = await openFile(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    const bytes = Buffer.from(text);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw new Error('No space left on device');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens a regular file only: a pipe would block forever, and a terminal would show the text. */
async function openFile(file: string, flags: number): Promise<FileHandle> {
  const handle = await open(file, flags | constants.O_NONBLOCK | constants.O_NOCTTY, 0o600);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('not a regular file');
}

/** The end of a file. */
export interface Tail {
  readonly bytes: Buffer;
  readonly text: string;
  /** Its position in the file, in bytes. */
  readonly from: number;
  /** Whether it is the whole file. */
  readonly isWhole: boolean;
}

/** Reads the end of the file, up to `longest` bytes; nothing if there is none. @throws {Error} if it cannot be read */
export async function tail(file: string, longest: number): Promise<Tail> {
  const handle = await openFile(file, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return { bytes: Buffer.alloc(0), text: '', from: 0, isWhole: true };
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, longest));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const read = bytes.subarray(0, bytesRead);
    return { bytes: read, text: read.toString('utf8'), from: size - bytes.length, isWhole: size <= longest };
  } finally {
    await handle.close();
  }
}

/** Why a file cannot be read: `permission denied: /home/ana/…`. */
export function readProblem(error: unknown, file: string): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node writes "EACCES: permission denied, open '…'".
  return `${/^E[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message}: ${file}`;
}
