import { mkdir, open, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseError } from '../database/database-error.ts';
import { homeDirectory } from '../database/libpq/home-directory.ts';
import type { AuditBulk, AuditEntry, AuditLog, OpenEntry, TableIdentity } from '../domain/audit.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { initCommand } from '../domain/option-names.ts';
import { createDiskWork, type DiskWork } from './disk-work.ts';
import { bulkOutcomesIn, damagedBulkIn } from './local-audit-bulk.ts';
import { append, readProblem, tail } from './local-audit-file.ts';
import { type AuditLine, entriesOf, type FoundEntries, type Wanted } from './local-audit-lines.ts';
import { outcomeCharacter } from './local-audit-outcomes.ts';

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

/** Maximum number of accepted failures that are read. */
const acceptedLimit = 200_000;

/**
 * How long an action waits for the disk, in milliseconds. After `begin`, it is refused. `end` is done later, so the action
 * does not wait for it; nor does the list for `read`.
 */
const limitsMs = { begin: 2000, end: 500, read: 2000 } as const;

/**
 * An audit in a file of JSON lines that only this user can read. Each action has two lines, appended in one write: the first
 * is reserved for its outcome, the second is the intent. All tables of this user share the file.
 *
 * @param now this machine's clock in milliseconds
 * @param disk the work with the disk of all logs of this program
 */
export function localAudit(
  file: string,
  table: TableIdentity,
  now: () => number,
  disk: DiskWork = createDiskWork(),
): AuditLog {
  const timestamp = (): string => new Date(now()).toISOString();
  const tableJson = JSON.stringify(table);
  /** The newest entries as last read: shown while the disk does not answer. */
  let lastRead: readonly AuditEntry[] = [];
  let isLate = false;
  /** How many lines the last reads of the newest entries and of the acceptances found damaged. */
  const damaged = { recent: 0, accepted: 0 };
  /** Why the last read failed; null if it did not. */
  let problem: string | null = null;
  /** Whether the last `recent` found fewer entries than it wanted in the part of the file that is read. */
  let isPart = false;
  /** The outcomes of a batch of which the list has only a part, as last read, and the file as it was then. */
  let lastBulk: { readonly version: string; readonly outcomes: AuditEntry['bulkOutcomes'] } | null = null;
  /** The acceptances as last read, and the file as it was then. */
  let lastAccepted: { readonly version: string; readonly entries: OpenEntry[] } | null = null;

  function fail(consequence: string, cause: unknown): DatabaseError {
    return new DatabaseError(
      'failed',
      `${consequence}: could not write the audit to ${file}. Set XDG_STATE_HOME to a writable directory, or install the audit table: ${initCommand('audit', table.table)}`,
      cause,
    );
  }

  /** @param place the position in the reserved line, in bytes */
  async function overwrite(key: string, line: string, place = 0): Promise<boolean> {
    const start = await findReserved(file, key);
    if (start === null) return false;
    const handle = await open(file, 'r+');
    try {
      await handle.write(Buffer.from(line), 0, line.length, start + place);
      await handle.datasync();
      return true;
    } finally {
      await handle.close();
    }
  }

  /** Ends one row of an action on many, whose outcomes are one character each. */
  const endRow = async (bulk: string, row: number, outcome: string): Promise<void> => {
    const place = JSON.stringify({ key: bulk, outcomes: '' }).length - 2 + row;
    await overwrite(bulk, outcomeCharacter(outcome), place);
  };

  const end = async (key: string, outcome: string, at: number | null): Promise<void> => {
    const [, bulk, row] = /^(.*)\/(\d+)$/.exec(key) ?? [];
    if (bulk !== undefined) return endRow(bulk, Number(row), outcome);
    // One byte for each character, so that the length of the line is known.
    const word = outcome.replace(/[^ -~]/g, '?').slice(0, 40);
    const line = outcomeLine(key, { outcome: word, at, time: timestamp() });
    // If the file was rotated, the reserved line is no longer in it.
    if (!(await overwrite(key, line))) await append(file, `\n${line}\n`);
  };

  const intentLine = (intent: Omit<AuditBulk, 'rows'> & { readonly rows: object }): string => {
    const { key, databaseRole, osUser, host, client, action, rows } = intent;
    const reason = intent.reason?.slice(0, longestReason) ?? null;
    const { pid } = process;
    const about = { intent: key, time: timestamp(), pid, on: hostname(), table };
    return JSON.stringify({ ...about, databaseRole, osUser, host, client, action, reason, ...rows });
  };

  /** Reserves the line for the outcome and writes the intent. @param unsent the outcome if that fails */
  const begin = async (key: string, reserved: string, line: string, unsent: object): Promise<void> => {
    const notSent = async (): Promise<void> => {
      await overwrite(key, outcomeLine(key, { ...unsent, time: timestamp() })).catch(() => {});
    };
    const write = async (isLate: () => boolean): Promise<void> => {
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        // The empty line ends a line that was cut off. The intent is last: if it is complete, so is the reserved line.
        if (!isLate()) await append(file, `\n${reserved}\n${line}\n`);
      } catch (error) {
        // The reserved line may have been written: it records that nothing was sent.
        await notSent();
        throw fail('nothing was changed', error);
      }
      if (isLate()) await notSent();
    };
    const { kind } = await disk.run(write, { ms: limitsMs.begin, isKept: false });
    if (kind === 'late') throw fail('nothing was changed, because the disk does not answer', null);
  };

  /** Writes an outcome, later if the disk does not answer now. @param what what is not recorded if that fails */
  const record = async (work: () => Promise<void>, what: string): Promise<void> => {
    try {
      await disk.run(work, { ms: limitsMs.end, isKept: true });
    } catch (error) {
      throw fail(`the audit does not record ${what}`, error);
    }
  };

  const read = async (
    limit: number,
    wanted: Omit<Wanted, 'limit'> = {},
  ): Promise<FoundEntries & { readonly text: string; readonly isPart: boolean }> => {
    for (let length = firstReadBytes; ; length = Math.min(length * 4, longestReadBytes)) {
      const { text, isWhole } = await tail(file, length);
      const found = entriesOf(text, tableJson, now(), { ...wanted, limit, isPart: !isWhole });
      const isEnough = found.entries.length >= limit || isWhole;
      if (isEnough || length >= longestReadBytes) return { ...found, text, isPart: !isEnough };
    }
  };

  const versionOfFile = async (): Promise<string> => {
    const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
    return `${size} ${mtimeMs}`;
  };

  /** Undefined if the file is too long to read all of the action on many. */
  const readBulk = async (bulk: string): Promise<AuditEntry['bulkOutcomes']> => {
    const version = `${await versionOfFile()} ${bulk}`;
    for (let length = firstReadBytes; lastBulk?.version !== version; length *= 2) {
      const { text, isWhole: isWholeFile } = await tail(file, length);
      const { outcomes, isWhole } = bulkOutcomesIn(text, bulk);
      if (isWhole) lastBulk = { version, outcomes };
      else if (isWholeFile || length >= longestReadBytes) lastBulk = { version, outcomes: undefined };
    }
    return lastBulk.outcomes;
  };

  /** The newest entries. If the list ends in an action on many, the newest entry of that has the outcomes of all its actions. */
  const readRecent = async (limit: number): Promise<AuditEntry[]> => {
    const { text, entries: lines, ...found } = await read(limit);
    damaged.recent = found.damagedLines;
    isPart = found.isPart;
    const entries = lines.map(({ entry: { seenVersion: _, ...entry } }): AuditEntry => entry);
    const cut = entries.length < limit ? null : bulkOf(entries.at(-1)?.key ?? null);
    const outcomesOf = new Map([[cut, cut === null ? undefined : await readBulk(cut)]]);
    const shown = new Set<string | null>([null]);
    const damagedIn = (bulk: string): AuditEntry['bulkOutcomes'] =>
      found.damagedLines === 0 || bulk === cut ? undefined : damagedBulkIn(text, bulk, listed.get(bulk)?.length ?? 0);
    const listed = Map.groupBy(entries, ({ key }) => bulkOf(key));
    return entries.map((entry) => {
      const bulk = bulkOf(entry.key);
      if (shown.has(bulk) || bulk === null) return entry;
      shown.add(bulk);
      const bulkOutcomes = outcomesOf.get(bulk) ?? damagedIn(bulk);
      return bulkOutcomes === undefined ? entry : { ...entry, bulkOutcomes };
    });
  };

  /** Returns the same array as before if the file is unchanged. */
  const readAccepted = async (): Promise<OpenEntry[]> => {
    const version = await versionOfFile();
    if (lastAccepted?.version !== version) {
      const { entries: lines, damagedLines } = await read(acceptedLimit, {
        isAction: (action) => action === 'accept' || action === 'unaccept',
        isWanted: ({ entry }) => entry.outcome === 'applied',
      });
      damaged.accepted = damagedLines;
      lastAccepted = { version, entries: lines.map(({ entry }) => entry) };
    }
    return lastAccepted.entries;
  };

  /** Reads the file; the other value if the disk does not answer, or the file cannot be read. */
  const readOr = async <T>(other: T, work: () => Promise<T>): Promise<T> => {
    try {
      const found = await disk.run(work, { ms: limitsMs.read, isKept: false });
      problem = null;
      return found.kind === 'done' ? found.value : other;
    } catch (error) {
      problem = readProblem(error, file);
      return other;
    }
  };

  return {
    async begin(intent) {
      const { key, operationId, identity = null, fromStatus, toStatus, seenVersion = null } = intent;
      const line = intentLine({ ...intent, rows: { operationId, identity, fromStatus, toStatus, seenVersion } });
      await begin(key, outcomeLine(key, { outcome: null }), line, { outcome: 'not sent', at: null });
    },
    async beginMany(bulk) {
      const { key } = bulk;
      const rows = bulk.rows.map(({ operationId, fromStatus, toStatus, seenVersion, identity }) => [
        ...[operationId, fromStatus, toStatus, seenVersion],
        ...(identity == null ? [] : [identity]),
      ]);
      const outcomes = (character: string): string => character.repeat(rows.length);
      const line = intentLine({ ...bulk, rows: { rows } });
      await begin(key, outcomeLine(key, { outcomes: outcomes('?') }), line, { outcomes: outcomes('n'), at: null });
    },
    async endMany(key, outcomes, at) {
      const line = outcomeLine(key, { outcomes: outcomes.map(outcomeCharacter).join(''), at, time: timestamp() });
      await record(async () => {
        if (!(await overwrite(key, line))) await append(file, `\n${line}\n`);
      }, 'what the actions did');
    },
    end: (key, outcome, at) => record(() => end(key, outcome, at), `that the action was ${outcome}`),
    async recent(limit) {
      const found = await readOr(null, () => readRecent(limit));
      isLate = found === null && problem === null;
      lastRead = found ?? lastRead;
      return [...lastRead];
    },
    gaps: () => ({ isLate, damagedLines: Math.max(damaged.recent, damaged.accepted), problem, isPart }),
    accepted: () => readOr(lastAccepted?.entries ?? [], readAccepted),
    async unsettled() {
      const isOpen = ({ entry, pid }: AuditLine): boolean =>
        entry.outcome === 'started' ? pid === process.pid : entry.outcome === 'unknown';
      const open = await readOr(null, () => read(unsettledLimit, { isOpen: true, isWanted: isOpen }));
      return open?.entries.map(({ entry }) => entry) ?? [];
    },
  };
}

/** A line of fixed length for one key and number of outcomes: JSON, then spaces. */
function outcomeLine(key: string, fields: { readonly outcomes?: string } | object): string {
  const many = 'outcomes' in fields && typeof fields.outcomes === 'string' ? fields.outcomes.length : 0;
  return JSON.stringify({ key, ...fields }).padEnd(JSON.stringify({ key }).length + outcomeBytes + many);
}

/** The position, in bytes, of the line that is reserved for a key's outcome; null if the file has none. */
async function findReserved(file: string, key: string): Promise<number | null> {
  const mark = `\n${JSON.stringify({ key }).slice(0, -1)},"outcome`;
  for (let length = firstReadBytes; length <= longestReadBytes; length *= 2) {
    const { bytes, from, isWhole } = await tail(file, length);
    const place = bytes.lastIndexOf(mark);
    if (place !== -1) return from + place + 1;
    if (isWhole) return null;
  }
  return null;
}
