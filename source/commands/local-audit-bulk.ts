import type { AuditEntry } from '../domain/audit.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { parsedLine } from './local-audit-lines.ts';
import { outcomeOfCharacter } from './local-audit-outcomes.ts';

/** How many actions of an action on many have each outcome. */
export interface BulkOutcomes {
  readonly outcomes: ReadonlyMap<string, number>;
  /** Whether the text has the first lines of the action on many, and so all of them. */
  readonly isWhole: boolean;
}

/** An action on many that the monitor makes begins with the second key: the first one names the whole (database/bulk-keys.ts). */
const firstKeys = 2;

/**
 * Counts the outcomes of an action on many of which some operations cannot be read: the line of their outcomes may still have them. Undefined
 * if none is so.
 *
 * @param listed how many of its operations can be read
 */
export function damagedBulkIn(text: string, bulk: string, listed: number): AuditEntry['bulkOutcomes'] {
  const { written, rows } = linesOfBulk(text, bulk);
  const lost = [...written].filter(([key]) => !rows.has(key));
  const all = new Map([...rows, ...lost.map(([key, { length }]) => [key, length] as const)]);
  const total = [...all.values()].reduce((sum, many) => sum + many, 0);
  return total === listed ? undefined : countedOutcomes(written, all);
}

/** Counts the outcomes of all actions of an action on many, by the lines of the local audit. @param bulk what its keys have in common */
export function bulkOutcomesIn(text: string, bulk: string): BulkOutcomes {
  const { written, rows } = linesOfBulk(text, bulk);
  const numberOf = (key: string): number => (key === bulk ? 0 : Number.parseInt(key.slice(bulk.length), 16));
  return {
    outcomes: countedOutcomes(written, rows),
    // The line of the outcomes stands before that of the rows: the text may begin between them.
    isWhole: [...rows.keys()].some((key) => numberOf(key) < firstKeys && written.has(key)),
  };
}

interface LinesOfBulk {
  /** The characters of the outcomes, by key. */
  readonly written: ReadonlyMap<string, string>;
  /** How many rows an intent has, by key. */
  readonly rows: ReadonlyMap<string, number>;
}

function linesOfBulk(text: string, bulk: string): LinesOfBulk {
  const written = new Map<string, string>();
  const rows = new Map<string, number>();
  // Most lines are of other actions on many: they are not parsed.
  for (const line of text.split('\n').filter((one) => one.includes(bulk))) {
    const fields = parsedLine(line);
    const key = fields?.key ?? fields?.intent;
    if (typeof key !== 'string' || bulkOf(`${key}/0`) !== bulk) continue;
    if (typeof fields?.outcomes === 'string') written.set(key, fields.outcomes);
    else if (Array.isArray(fields?.rows)) rows.set(key, fields.rows.length);
  }
  return { written, rows };
}

function countedOutcomes(written: LinesOfBulk['written'], rows: LinesOfBulk['rows']): ReadonlyMap<string, number> {
  const outcomes = new Map<string, number>();
  for (const [key, length] of rows)
    for (let row = 0; row < length; row++) {
      const outcome = outcomeOfCharacter(written.get(key)?.[row] ?? '') ?? 'unknown';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  return outcomes;
}
