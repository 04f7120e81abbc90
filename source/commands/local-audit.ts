import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseError } from '../database/database-error.ts';
import { homeDirectory } from '../database/libpq/home-directory.ts';
import type { AuditIntent, AuditLog, OpenEntry, TableIdentity } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';

/** The file of the local audit: under the XDG state directory (XDG Base Directory Specification). */
export function auditFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_STATE_HOME || join(homeDirectory({}), '.local', 'state'), 'migtop', 'audit.jsonl');
}

/** How many bytes at the end of the file are read for the newest entries: at first, and as a maximum. */
const firstReadBytes = 1024 * 1024;
const longestReadBytes = 32 * 1024 * 1024;

/** How many bytes an outcome line has in addition to the key: it is padded to the same length before and after. */
const outcomeBytes = 200;

/** Maximum length of a reason in characters, as in the audit table. */
const longestReason = 4000;

/** Maximum number of intents without an outcome that are looked up. */
const unsettledLimit = 100;

/** Maximum age of an intent in progress in milliseconds; a write takes 7 seconds at most. */
const longestActionMs = 60_000;

/**
 * An audit in a file of JSON lines that only this user can read. Each action has two lines, appended in one write: the first
 * is reserved for its outcome, the second is the intent. All tables of this user share the file.
 *
 * @param now this machine's clock in milliseconds
 */
export function localAudit(file: string, table: TableIdentity, now: () => number): AuditLog {
  const timestamp = (): string => new Date(now()).toISOString();
  const tableJson = JSON.stringify(table);

  function fail(consequence: string, cause: unknown): DatabaseError {
    return new DatabaseError(
      'failed',
      `Could not write the audit to ${file}: ${consequence}. Set XDG_STATE_HOME to a writable directory, or install sql/options/audit.sql.`,
      cause,
    );
  }

  async function overwrite(key: string, line: string): Promise<boolean> {
    const place = await findReserved(file, key);
    if (place === null) return false;
    const handle = await open(file, 'r+');
    try {
      await handle.write(Buffer.from(line), 0, line.length, place);
      await handle.datasync();
      return true;
    } finally {
      await handle.close();
    }
  }

  const end = async (key: string, outcome: string, at: number | null): Promise<void> => {
    // One byte for each character, so that the length of the line is known.
    const word = outcome.replace(/[^ -~]/g, '?').slice(0, 40);
    const line = outcomeLine(key, { outcome: word, at, time: timestamp() });
    // If the file was rotated, the reserved line is no longer in it.
    if (!(await overwrite(key, line))) await append(file, `\n${line}\n`);
  };

  const read = async (limit: number, wanted: (entry: Line) => boolean): Promise<Line[]> => {
    for (let length = firstReadBytes; ; length *= 2) {
      const { text, isWhole } = await tail(file, length);
      const found = entriesOf(text, tableJson, now()).filter(wanted);
      if (found.length >= limit || isWhole || length >= longestReadBytes) return found.slice(0, limit);
    }
  };

  return {
    async begin(intent) {
      const { key, databaseRole, osUser, host, client, action, operationId, fromStatus, toStatus } = intent;
      const reason = intent.reason?.slice(0, longestReason) ?? null;
      const seenVersion = intent.seenVersion ?? null;
      const fields = {
        databaseRole,
        osUser,
        host,
        client,
        action,
        operationId,
        fromStatus,
        toStatus,
        reason,
        seenVersion,
      };
      const line = JSON.stringify({
        intent: key,
        time: timestamp(),
        pid: process.pid,
        on: hostname(),
        table,
        ...fields,
      });
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        // The empty line ends a line that was cut off. The intent is last: if it is complete, so is the reserved line.
        await append(file, `\n${outcomeLine(key, { outcome: null })}\n${line}\n`);
      } catch (error) {
        // The reserved line may have been written: it records that nothing was sent.
        await overwrite(key, outcomeLine(key, { outcome: 'not sent', at: null, time: timestamp() })).catch(() => {});
        throw fail('nothing was changed', error);
      }
    },
    async end(key, outcome, at) {
      try {
        await end(key, outcome, at);
      } catch (error) {
        throw fail(`it does not record that the action was ${outcome}`, error);
      }
    },
    async recent(limit) {
      const found = await read(limit, () => true);
      return found.map(({ entry: { seenVersion, ...entry } }) => entry);
    },
    async unsettled() {
      const open = await read(unsettledLimit, ({ entry, pid }) =>
        entry.outcome === 'started' ? pid === process.pid : entry.outcome === 'unknown',
      );
      return open.map(({ entry }) => entry);
    },
  };
}

/** Appends in one write, so that lines of two programs do not mix, and waits until the text is on the disk. */
async function append(file: string, text: string): Promise<void> {
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

/** A line of fixed length for one key: JSON, then spaces. */
function outcomeLine(key: string, fields: object): string {
  return JSON.stringify({ key, ...fields }).padEnd(JSON.stringify({ key }).length + outcomeBytes);
}

/** The position, in bytes, of the line that is reserved for a key's outcome; null if the file has none. */
async function findReserved(file: string, key: string): Promise<number | null> {
  const mark = `\n${JSON.stringify({ key }).slice(0, -1)},"outcome":`;
  for (let length = firstReadBytes; length <= longestReadBytes; length *= 2) {
    const { bytes, from, isWhole } = await tail(file, length);
    const place = bytes.lastIndexOf(mark);
    if (place !== -1) return from + place + 1;
    if (isWhole) return null;
  }
  return null;
}

interface Tail {
  readonly bytes: Buffer;
  readonly text: string;
  /** Its position in the file, in bytes. */
  readonly from: number;
  /** Whether it is the whole file. */
  readonly isWhole: boolean;
}

async function tail(file: string, longest: number): Promise<Tail> {
  try {
    const handle = await openFile(file, constants.O_RDONLY);
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(Math.min(size, longest));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
      const read = bytes.subarray(0, bytesRead);
      return { bytes: read, text: read.toString('utf8'), from: size - bytes.length, isWhole: size <= longest };
    } finally {
      await handle.close();
    }
  } catch {
    // No file, or an unreadable one: no action was recorded.
    return { bytes: Buffer.alloc(0), text: '', from: 0, isWhole: true };
  }
}

interface Line {
  readonly entry: OpenEntry;
  /** The process that wrote it. */
  readonly pid: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The entries of one table, newest first. Lines of other tables and damaged lines are skipped. */
function entriesOf(text: string, table: string, nowMs: number): Line[] {
  const lines = text.split('\n').map(fieldsOf);
  const outcomes = new Map<unknown, Fields>();
  for (const line of lines)
    if (typeof line?.key === 'string' && typeof line.outcome === 'string') outcomes.set(line.key, line);
  const entries: Line[] = [];
  for (const line of lines.reverse()) {
    if (line === null || JSON.stringify(line.table) !== table) continue;
    const entry = entryOf(line, outcomes.get(line.intent), nowMs);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

function fieldsOf(line: string): Fields | null {
  // Empty lines are common: they are not parsed.
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return null;
  }
}

/** Maximum length of a value in characters; a longer one was edited by hand. */
const longestText = 400;

function entryOf(line: Fields, outcome: Fields | undefined, nowMs: number): Line | null {
  const text = (name: string, from: Fields = line): string => {
    const value = from[name];
    return typeof value === 'string' ? cleanLine(value.slice(0, longestText)) : '';
  };
  const key = text('intent');
  const id = line.operationId;
  if (key === '' || text('action') === '' || !Number.isSafeInteger(id)) return null;
  const pid = Number.isSafeInteger(line.pid) ? Number(line.pid) : null;
  const isFresh = nowMs - Date.parse(text('time')) < longestActionMs;
  const inProgress = isFresh && line.on === hostname() && pid !== null && isRunning(pid);
  const intent: AuditIntent = {
    key,
    databaseRole: text('databaseRole'),
    osUser: text('osUser'),
    host: text('host'),
    client: text('client'),
    action: text('action'),
    operationId: Number(id),
    fromStatus: text('fromStatus'),
    toStatus: text('toStatus'),
    reason: text('reason') === '' ? null : text('reason'),
    seenVersion: text('seenVersion') === '' ? null : text('seenVersion'),
  };
  const settled = outcome === undefined ? '' : text('outcome', outcome);
  const entry = {
    ...intent,
    at: momentOf(outcome?.at),
    outcome: settled !== '' ? settled : inProgress ? 'started' : 'unknown',
  };
  return { entry, pid };
}

/** Seconds since 1970 within JavaScript's range of dates; null for any other value. */
function momentOf(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= 8.64e12 ? value : null;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
