import type { Statement } from '../database/literals.ts';
import { query } from '../database/query.ts';
import { ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { EarlierCounts } from '../domain/earlier.ts';
import type { SinceScope } from '../domain/since.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { visibleName } from '../domain/visible-name.ts';

/** The operations before those that `--since` shows, and of which phases and tables only a part is shown, as `partKey`. */
interface Earlier {
  readonly counts: EarlierCounts;
  readonly parts: ReadonlySet<string>;
}

const partKey = ({ phase, tableName }: { readonly phase: string; readonly tableName: string }): string =>
  `${phase} ${tableName}`;

/** Adds to a snapshot what `--since` does not show. Never rejects: without it, the snapshot stays as it is. */
export type ReadEarlier = (snapshot: Snapshot) => Promise<Snapshot>;

/** How long the counts are kept at least, and as a multiple of the time to read them: a poll waits for them. */
const keptMs = 10_000;
const keptTimes = 20;

/** Up to how many operations of each status are counted. */
const mostCounted = 100_000;

/** @param read reads a statement; `now` in milliseconds */
export function createEarlier(
  read: (statement: Statement) => Promise<Tagged[]>,
  target: () => Target,
  now: () => number,
): ReadEarlier {
  let known: { readonly scope: SinceScope; readonly untilMs: number; readonly earlier: Earlier | null } | null = null;
  const partOfTotal = new WeakMap<Total, Total>();

  /** Returns the same object for the same total. */
  function partOf(total: Total): Total {
    const part = partOfTotal.get(total) ?? { ...total, isPart: true };
    partOfTotal.set(total, part);
    return part;
  }

  function added(snapshot: Snapshot, { counts, parts }: Earlier): Snapshot {
    if (parts.size === 0) return { ...snapshot, earlier: counts };
    const totals = snapshot.totals.map((total) => (parts.has(partKey(total)) ? partOf(total) : total));
    return { ...snapshot, totals, earlier: counts };
  }

  async function readNow(scope: SinceScope, before: Earlier | null): Promise<Earlier | null> {
    const { scope: _, ...whole } = target();
    const { firstId, startedAt } = scope;
    try {
      const values = { firstId, startedAt, withParts: before === null, limit: mostCounted };
      const rows = await read(query('earlier', whole, values));
      return { counts: countsIn(rows), parts: before?.parts ?? partsIn(rows) };
    } catch {
      return before;
    }
  }

  return async (snapshot) => {
    const { scope } = target();
    if (scope === undefined) return snapshot;
    const before = known?.scope === scope ? known : null;
    if (before !== null && now() < before.untilMs)
      return before.earlier === null ? snapshot : added(snapshot, before.earlier);
    const sentMs = now();
    const earlier = await readNow(scope, before?.earlier ?? null);
    known = { scope, untilMs: now() + Math.max(keptMs, keptTimes * (now() - sentMs)), earlier };
    return earlier === null ? snapshot : added(snapshot, earlier);
  };
}

function countsIn(rows: readonly Tagged[]): Earlier['counts'] {
  const counts = { pending: 0, running: 0, paused: 0, failed: 0 };
  for (const body of ofKind(rows, 'earlier')) {
    const [status, count]: unknown[] = Array.isArray(body) ? body : [];
    if (status === 'pending' || status === 'running' || status === 'paused' || status === 'failed')
      counts[status] = Number(count);
  }
  return counts;
}

function partsIn(rows: readonly Tagged[]): Earlier['parts'] {
  const parts = new Set<string>();
  for (const body of ofKind(rows, 'part')) {
    const [phase, tableName]: unknown[] = Array.isArray(body) ? body : [];
    if (typeof phase === 'string' && typeof tableName === 'string')
      parts.add(partKey({ phase, tableName: visibleName(tableName) }));
  }
  return parts;
}
