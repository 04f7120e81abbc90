import type { Observation, Throughputs } from './observation.ts';
import type { Phase } from './operation.ts';
import type { TotalsByPhase } from './phase-totals.ts';
import { tableKey } from './rate-keys.ts';
import { isCurrent } from './snapshot.ts';
import type { TableSummary } from './summary.ts';
import type { Happening, WatchedEvent } from './watched-events.ts';

/** The totals of earlier polls, as far as they show whether operations are added. */
export interface Growths {
  /** The totals of the last poll that had current ones; null before the first. */
  readonly last: { readonly totals: TotalsByPhase; readonly at: number } | null;
  /** The tables in which more operations wait than some polls before, by `tableKey`. */
  readonly tables: ReadonlyMap<string, Growth>;
}

/** A table as it was before operations were added. */
interface Growth {
  readonly from: Figures;
  /** The poll that had these figures; once the growth was told, the last one that found more. */
  readonly at: number;
  /** The key of the event that tells it, and how many operations waited then; null before. */
  readonly told: { readonly key: string; readonly pending: number } | null;
}

interface Figures {
  readonly operations: number;
  readonly pending: number;
  readonly total: number | null;
}

export const noGrowths: Growths = { last: null, tables: new Map() };

/** Maximum number of seconds in which operations are added that are one event. */
const togetherSeconds = 60;

/** The share by which a total rises that is told however few operations were added: it moves the percentage. */
const notableShare = 0.01;

/**
 * The growths after a poll, and the tables to which operations were added so that their percentage falls. These are operations that
 * wait: one that a worker inserts when it begins it is the usual course of a migration, and so is one more that waits for each worker.
 * A table whose total stays the same is not told, whatever was added.
 *
 * @param known `noGrowths` for the first poll: what was there before is not told
 */
export function addedOperations(
  known: Growths,
  { snapshot, totals, throughput }: Pick<Observation, 'snapshot' | 'totals' | 'throughput'>,
): { readonly growths: Growths; readonly added: readonly WatchedEvent[] } {
  // Totals that are not complete, or of which a part is counted again, cannot be compared.
  if (!isCurrent(snapshot)) return { growths: known, added: [] };
  const { takenAt } = snapshot;
  const last = { totals, at: takenAt };
  if (known.last === null) return { growths: { last, tables: new Map() }, added: [] };
  const growths = new Map([...known.tables].filter(([, { at }]) => takenAt - at < togetherSeconds));
  const added: WatchedEvent[] = [];
  for (const [phase, { tables }] of totals) {
    const were = known.last.totals.get(phase)?.tables ?? [];
    if (were === tables) continue;
    const knownTables = new Map(were.map((table) => [table.tableName, table]));
    for (const table of tables) {
      const was = knownTables.get(table.tableName);
      if (was === table) continue;
      const key = tableKey(phase, table.tableName);
      const growth = growths.get(key) ?? { from: figuresOf(was), at: known.last.at, told: null };
      const workers = () => workersOf(throughput, phase, table, takenAt);
      const next = grown(growth, was, table, { phase, takenAt, workers });
      if (next === null) growths.delete(key);
      else growths.set(key, next.growth);
      if (next?.event != null) added.push(next.event);
    }
  }
  return { growths: { last, tables: growths }, added };
}

/** Returns a growth after a poll, with its event if that found more; null if operations were not added, or the poll begins another. */
function grown(
  { from, at, told }: Growth,
  was: TableSummary | undefined,
  table: TableSummary,
  { phase, takenAt, workers }: { readonly phase: Phase; readonly takenAt: number; readonly workers: () => number },
): { readonly growth: Growth; readonly event: WatchedEvent | null } | null {
  const now = figuresOf(table);
  const isComparable = was === undefined || was.counting === table.counting;
  // An operation that goes back into the queue waits too, but is none that was added.
  const waiting = Math.min(now.pending - from.pending, now.operations - from.operations);
  if (told !== null) {
    const growth = { from, at, told };
    if (!isComparable || now.pending <= told.pending || !hasRisen(from, now)) return { growth, event: null };
  } else {
    if (!isComparable || waiting <= 0) return null;
    // Beside them, workers may have inserted those that they have begun.
    const isNotable =
      waiting > workers() || (shareOf(from, now) * waiting) / (now.operations - from.operations) >= notableShare;
    if (!hasRisen(from, now) || !isNotable) return { growth: { from, at, told: null }, event: null };
  }
  const key = told?.key ?? `added ${takenAt} ${phase} ${table.tableName}`;
  const what: Happening = {
    kind: 'added',
    phase,
    tableName: table.tableName,
    operations: now.operations - from.operations,
    from: sizeOf(from, now),
    to: sizeOf(now, now),
    of: now.total === null ? 'operations' : 'records',
  };
  return { growth: { from, at: takenAt, told: { key, pending: now.pending } }, event: { at: takenAt, key, what } };
}

/** How many workers a table had at most in the last minute: between two operations, one has none. */
function workersOf(
  { tables, phases }: Throughputs,
  phase: Phase,
  { tableName, statuses }: TableSummary,
  takenAt: number,
): number {
  const atWork = (phase === 'execution' ? tables.get(tableName) : phases.get(phase))?.atWork ?? [];
  const from = atWork.findLastIndex((one) => one.from <= takenAt - togetherSeconds);
  return Math.max(1, statuses.running, ...atWork.slice(Math.max(0, from)).map(({ operations }) => operations));
}

function figuresOf(table: TableSummary | undefined): Figures {
  if (table === undefined) return { operations: 0, pending: 0, total: 0 };
  const { operations, statuses, totalRecords } = table;
  return { operations, pending: statuses.pending, total: totalRecords };
}

/** The figure that rises: the total of records, or the number of operations of a table without one. */
const sizeOf = (of: Figures, now: Figures): number => (now.total === null ? of.operations : (of.total ?? 0));

const hasRisen = (from: Figures, now: Figures): boolean => sizeOf(now, now) > sizeOf(from, now);

function shareOf(from: Figures, now: Figures): number {
  const before = sizeOf(from, now);
  return before === 0 ? Number.POSITIVE_INFINITY : (sizeOf(now, now) - before) / before;
}
