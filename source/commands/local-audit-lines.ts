import { hostname } from 'node:os';
import type { AuditIntent, OpenEntry } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { fieldsOfRow, isBroken, isWrongIntent, isWrongOutcome, keyStart } from './local-audit-damage.ts';
import { outcomeOfCharacter } from './local-audit-outcomes.ts';

/** Maximum age of an intent in progress in milliseconds; a write takes 7 seconds at most. */
const longestActionMs = 60_000;

export interface AuditLine {
  readonly entry: OpenEntry;
  /** The process that wrote it. */
  readonly pid: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Which entries are wanted. */
export interface Wanted {
  /** Whether entries of this action are wanted: those of other actions are not decoded. */
  readonly isAction?: (action: unknown) => boolean;
  /** Whether only entries without an outcome are wanted. */
  readonly isOpen?: boolean;
  readonly isWanted?: (entry: AuditLine) => boolean;
  /** Maximum number of entries. */
  readonly limit?: number;
  /** Whether the text is the end of a longer file. */
  readonly isPart?: boolean;
}

/** The entries of a text, and how many lines of it, as far as it was searched, are damaged. */
export interface FoundEntries {
  readonly entries: readonly AuditLine[];
  readonly damagedLines: number;
}

/**
 * The entries of one table, newest first. Lines of other tables are skipped, and what is damaged. The line that is reserved for the outcome of an
 * action stands before its intent: an intent for which a part of a file has none is skipped too, because its outcome is not known.
 */
export function entriesOf(
  text: string,
  table: string,
  nowMs: number,
  {
    isAction = () => true,
    isOpen = false,
    isWanted = () => true,
    limit = Number.POSITIVE_INFINITY,
    isPart = false,
  }: Wanted = {},
): FoundEntries {
  const lines = text.split('\n');
  const reserved = reservedLines(lines);
  const entries: AuditLine[] = [];
  let damagedLines = 0;
  for (const [index, written] of lines.reverse().entries()) {
    if (entries.length >= limit) break;
    // A part of a file may begin within a line.
    if (isPart && index === lines.length - 1) continue;
    if (isBroken(written)) damagedLines++;
    // A log of some megabytes has many lines of other tables, and of other actions: they are not parsed.
    if (written.startsWith(keyStart) || !written.includes(table)) continue;
    const line = parsedLine(written);
    if (line === null && !isBroken(written)) damagedLines++;
    if (line === null || JSON.stringify(line.table) !== table) continue;
    const isWrong = isWrongIntent(line);
    if (isWrong) damagedLines++;
    if (!isAction(line.action)) continue;
    const ofKey = reserved.get(String(line.intent));
    if (isPart && ofKey === undefined) continue;
    const outcomes = ofKey?.map((text) => ({ text, fields: parsedLine(text) })) ?? [];
    if (!isWrong)
      damagedLines += outcomes.filter(({ text, fields }) => !isBroken(text) && isWrongOutcome(fields, line)).length;
    const outcome = outcomes.findLast(({ fields }) => hasOutcome(fields))?.fields ?? undefined;
    if (isOpen && isSettled(outcome)) continue;
    const found = Array.isArray(line.rows)
      ? bulkEntriesOf(line, line.rows, outcome, nowMs)
      : [entryOf(line, outcome, nowMs) ?? []].flat();
    entries.push(...found.filter(isWanted));
  }
  return { entries: entries.slice(0, limit), damagedLines };
}

/** The lines for the outcomes, by the key of the action, in the order of the file; not parsed, since most are not needed. */
function reservedLines(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const reserved = new Map<string, string[]>();
  for (const line of lines) {
    if (!line.startsWith(keyStart)) continue;
    const key = line.slice(keyStart.length, line.indexOf('"', keyStart.length));
    const ofKey = reserved.get(key);
    if (ofKey === undefined) reserved.set(key, [line]);
    else ofKey.push(line);
  }
  return reserved;
}

function hasOutcome(line: Fields | null): boolean {
  return typeof line?.outcome === 'string' || typeof line?.outcomes === 'string';
}

/** Whether an intent, or each row of its batch, has an outcome. */
function isSettled(outcome: Fields | undefined): boolean {
  if (typeof outcome?.outcomes === 'string')
    return [...outcome.outcomes].every((one) => outcomeOfCharacter(one) !== undefined);
  return typeof outcome?.outcome === 'string';
}

/** The entries of an action on many, newest first as all others: its last row comes first. */
function bulkEntriesOf(
  line: Fields,
  rows: readonly unknown[],
  outcome: Fields | undefined,
  nowMs: number,
): AuditLine[] {
  const words = typeof outcome?.outcomes === 'string' ? outcome.outcomes : '';
  const entries = rows.flatMap((row, index) => {
    if (!Array.isArray(row)) return [];
    const one = { ...line, ...fieldsOfRow(row), intent: `${line.intent}/${index}` };
    const word = outcomeOfCharacter(words[index] ?? '');
    const entry = entryOf(one, word === undefined ? undefined : { outcome: word, at: outcome?.at }, nowMs);
    return entry === null ? [] : [entry];
  });
  return entries.reverse();
}

/** The fields of a line; null if it cannot be parsed. */
export function parsedLine(line: string): Fields | null {
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

function entryOf(line: Fields, outcome: Fields | undefined, nowMs: number): AuditLine | null {
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
    ...(text('identity') === '' ? {} : { identity: text('identity') }),
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
