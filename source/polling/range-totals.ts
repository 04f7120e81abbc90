import type { Unreadable } from '../domain/operation.ts';
import type { Count, CountedRow, RangeCount } from '../domain/range-count.ts';
import { tableKey } from '../domain/rate-keys.ts';
import { crowdsOf, repeatedWorks, rowsByQuery } from '../domain/repeated-works.ts';
import type { Total } from '../domain/snapshot.ts';
import { inOrderOfStart } from '../domain/start-order.ts';
import { addTally, emptyTally, operationsOf, type Tally, tallyOfCount } from '../domain/tally.ts';
import { type EvidenceRow, inOrderOfId } from '../domain/works.ts';
import { utc, type Zone } from '../domain/zone.ts';
import { joinSamples, type KeptRows, type SampleLimits, totalWithRows, usualSample } from './samples.ts';
import { unreadableTables } from './unreadable-rows.ts';

/** Adds up counts, of the whole table or range by range. An id may occur more than once. */
export interface RangeTotals {
  add(counted: Pick<RangeCount, 'counts' | 'rows' | 'attempts' | 'keys' | 'unreadable'>): void;
  totals(): Total[];
  unreadable(): Unreadable[];
}

interface GroupRows {
  readonly first: Count;
  readonly tally: Tally;
  rows: EvidenceRow[];
  readonly attempts: EvidenceRow[];
  hasMoreAttempts: boolean;
}

/**
 * Keeps all rows of a phase and table up to `limits.fewRows` operations, then a sample. Attempts are all kept.
 *
 * @param zone of the table's writers
 */
export function createRangeTotals(zone: Zone = utc, limits: SampleLimits = usualSample): RangeTotals {
  const groups = new Map<string, GroupRows>();
  const problems = new Map<string, number>();
  const unreadableIn = new Set<string>();
  const keyOf = ({ phase, tableName }: Pick<Count, 'phase' | 'tableName'>): string => tableKey(phase, tableName);

  function addRows(key: string, added: readonly CountedRow[]): void {
    const group = groups.get(key);
    if (group === undefined) return;
    group.rows.push(...added.map(({ row }) => inOrderOfStart(row, zone)));
    const operations = operationsOf(group.tally);
    if (operations <= limits.fewRows) return;
    const sample = new Map(group.rows.map((row) => [row.id, row]));
    joinSamples(sample, new Map(), operations, limits);
    group.rows = [...sample.values()];
  }

  return {
    add({ counts, rows, attempts, keys, unreadable }) {
      for (const count of counts) {
        const known = groups.get(keyOf(count)) ?? {
          first: count,
          tally: emptyTally(),
          rows: [],
          attempts: [],
          hasMoreAttempts: false,
        };
        addTally(known.tally, tallyOfCount(count), 1);
        groups.set(keyOf(count), known);
      }
      for (const [key, added] of Map.groupBy(rows, keyOf)) addRows(key, added);
      for (const counted of attempts) groups.get(keyOf(counted))?.attempts.push(counted.row);
      for (const one of keys) {
        const group = groups.get(keyOf(one));
        if (group !== undefined) group.hasMoreAttempts ||= one.isCut;
      }
      for (const { problem, operations } of unreadable)
        problems.set(problem, (problems.get(problem) ?? 0) + operations);
      for (const key of unreadableTables([{ unreadable }])) unreadableIn.add(key);
    },
    totals: () =>
      [...groups].map(([key, { first, tally, rows, attempts, hasMoreAttempts }]) => {
        const kept: KeptRows = {
          sample: () => rows,
          attempts: () => inOrderOfId(repeatedWorks(attempts)),
          crowds: () => inOrderOfId(crowdsOf(rowsByQuery(attempts))),
          mayBeMarked: true,
          hasMoreAttempts,
        };
        const total = totalWithRows(first, tally, kept, limits);
        return unreadableIn.has(key) ? { ...total, hasUnreadable: true } : total;
      }),
    unreadable: () => [...problems].map(([problem, operations]) => ({ kind: 'rows', operations, problem })),
  };
}
