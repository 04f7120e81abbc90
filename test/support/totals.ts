import { type Operation, type Status, statuses } from '../../source/domain/operation.ts';
import type { Total } from '../../source/domain/snapshot.ts';

/** A total of nothing, with what the test cares about filled in. */
export function total(
  fields: Partial<Omit<Total, 'statuses'>> & { statuses?: Partial<Total['statuses']> } = {},
): Total {
  return {
    phase: 'execution',
    tableName: 'brackets',
    recordsProcessed: 0,
    largestProcessed: null,
    largestCompleted: null,
    largestTotal: null,
    largestBatch: null,
    startedAt: null,
    completedAt: null,
    timedOperations: 0,
    timedRecords: 0,
    timedSeconds: 0,
    ...fields,
    statuses: { ...noStatuses(), ...fields.statuses },
  };
}

/** Adds all rows up, one phase and table at a time: what the ledger must hold whatever came before. */
export function totalsOf(rows: readonly Operation[]): Total[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.phase, row.tableName]));
  return [...groups.values()].flatMap((group): Total[] => {
    const [first] = group;
    if (first === undefined) return [];
    const completed = group.filter((row) => row.status === 'completed');
    const timed = completed.filter(
      ({ startedAt, completedAt }) =>
        startedAt !== null &&
        completedAt !== null &&
        Number.isFinite(startedAt) &&
        Number.isFinite(completedAt) &&
        completedAt > startedAt,
    );
    const counts = noStatuses();
    for (const row of group) counts[row.status]++;
    return [
      {
        phase: first.phase,
        tableName: first.tableName,
        statuses: counts,
        recordsProcessed: sum(group.map((row) => row.recordsProcessed ?? 0)),
        largestProcessed: largest(group.map((row) => row.recordsProcessed)),
        largestCompleted: largest(completed.map((row) => row.recordsProcessed)),
        largestTotal: largest(group.map((row) => row.totalRecords)),
        largestBatch: largest(group.map((row) => row.batchSize)),
        startedAt: smallest(group.map((row) => row.startedAt)),
        completedAt: largest(group.map((row) => row.completedAt)),
        timedOperations: timed.length,
        timedRecords: sum(timed.map((row) => row.recordsProcessed ?? 0)),
        timedSeconds: sum(timed.map((row) => Math.round(((row.completedAt ?? 0) - (row.startedAt ?? 0)) * 1e6))) / 1e6,
      },
    ];
  });
}

/** What each operation gained from one poll of these rows to the next; a row that is new gained all that it has. */
export function gainedBetween(before: readonly Operation[], after: readonly Operation[]): Map<number, number> {
  const known = new Map(before.map((row) => [row.id, row]));
  const gained = new Map<number, number>();
  for (const row of after) {
    const records = (row.recordsProcessed ?? 0) - (known.get(row.id)?.recordsProcessed ?? 0);
    if (records > 0) gained.set(row.id, records);
  }
  return gained;
}

function noStatuses(): Record<Status, number> {
  return Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  return known.length === 0 ? null : Math.max(...known);
}

function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  return known.length === 0 ? null : Math.min(...known);
}
