import { appendFile, mkdir, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseError } from '../database/database-error.ts';
import type { AuditEntry, AuditLog } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';

/** Whose actions one file's lines are told apart by: several databases share it. */
export interface AuditTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly table: string;
}

/** The file of the local audit: under the XDG state directory (XDG Base Directory Specification). */
export function auditFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'migtop', 'audit.jsonl');
}

/** The newest part of the file is read back, not all of it, however long it has grown. */
const readBytes = 1024 * 1024;

/**
 * An audit in a file of JSON lines, one an action, only ever appended to, readable by this user alone.
 *
 * @param now this machine's clock in milliseconds
 */
export function localAudit(file: string, target: AuditTarget, now: () => number): AuditLog {
  return {
    async prepare() {
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        // An empty line: it shows that the disk takes one, and ends a line that was torn off.
        await appendFile(file, '\n', { mode: 0o600 });
      } catch (error) {
        throw new DatabaseError(
          'failed',
          `The audit cannot be written to ${file}, so nothing is changed. Point XDG_STATE_HOME to a directory that you may write to, or install sql/options/audit.sql.`,
          error,
        );
      }
    },
    async append(entry) {
      const line = JSON.stringify({ time: new Date(now()).toISOString(), target, ...entry });
      await appendFile(file, `${line}\n`, { mode: 0o600 });
    },
    async recent(limit) {
      const lines = (await tail(file)).split('\n').reverse();
      const entries: AuditEntry[] = [];
      for (const line of lines) {
        const entry = entryOf(line, target);
        if (entry !== null) entries.push(entry);
        if (entries.length === limit) break;
      }
      return entries;
    },
  };
}

async function tail(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, readBytes);
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, size - length);
      return buffer.toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    // No file yet: nothing was done yet.
    return '';
  }
}

/** A line of the file, if it is one of this target's; null for another's, and for one that somebody has damaged. */
function entryOf(line: string, target: AuditTarget): AuditEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Record<string, unknown>;
  if (JSON.stringify(fields.target) !== JSON.stringify(target)) return null;
  const text = (name: string): string => (typeof fields[name] === 'string' ? cleanLine(fields[name]) : '');
  const id = fields.operationId;
  if (typeof id !== 'number' || text('action') === '') return null;
  return {
    at: typeof fields.at === 'number' ? fields.at : null,
    databaseRole: text('databaseRole'),
    osUser: text('osUser'),
    host: text('host'),
    client: text('client'),
    action: text('action'),
    operationId: id,
    fromStatus: text('fromStatus'),
    toStatus: text('toStatus'),
    reason: text('reason') === '' ? null : text('reason'),
    outcome: text('outcome'),
  };
}
