import { type Operation, type Status, statuses } from '../../source/domain/operation.ts';
import { repeatedWorks } from '../../source/domain/repeated-works.ts';
import type { RowSums, Total } from '../../source/domain/snapshot.ts';
import { byStart } from '../../source/domain/start-order.ts';
import { evidenceOf, inOrderOfId, isSideRow, markedAs } from '../../source/domain/works.ts';
import { type SampleLimits, usualSample } from '../../source/polling/samples.ts';

/** Sums of no rows, with what the test cares about filled in. */
export function rowSums(fields: Partial<RowSums> = {}): RowSums {
  return {
    works: 0,
    reachedWorks: 0,
    unfinishedWorks: 0,
    unfinishedRecords: 0,
    failedWorks: 0,
    unitWorks: 0,
    records: 0,
    totals: 0,
    largestTotal: null,
    smallestTotal: null,
    evidence: 0,
    outside: 0,
    completedEvidence: 0,
    largestCompleted: null,
    smallestCompleted: null,
    largestLive: null,
    ...fields,
  };
}

/** A total of nothing, with what the test cares about filled in. */
export function total(
  fields: Partial<Omit<Total, 'statuses'>> & { statuses?: Partial<Total['statuses']> } = {},
): Total {
  return {
    phase: 'execution',
    tableName: 'brackets',
    recordsProcessed: 0,
    totals: 0,
    rowsWithTotal: (fields.main?.largestTotal ?? fields.side?.largestTotal ?? null) === null ? 0 : 1,
    bare: 0,
    bareOutside: 0,
    completedBare: 0,
    smallestCompletedBare: null,
    evidenceRecords: 0,
    largestEvidence: null,
    largestProcessed: null,
    main: rowSums(),
    side: rowSums(),
    largestCompleted: null,
    largestBatch: null,
    pendingSized: 0,
    pendingSizes: 0,
    startedAt: null,
    completedAt: null,
    timedOperations: 0,
    timedRecords: 0,
    timedSeconds: 0,
    rows: [],
    hasAllRows: false,
    attempts: [],
    marked: null,
    ...fields,
    statuses: { ...noStatuses(), ...fields.statuses },
  };
}

/** Adds all rows up, one phase and table at a time: what the ledger must hold whatever came before. */
export function totalsOf(rows: readonly Operation[], limits = usualSample): Total[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.phase, row.tableName]));
  return [...groups.values()].flatMap((group): Total[] => {
    const [first] = group;
    if (first === undefined) return [];
    const counter = (row: Operation): number => Math.max(0, row.recordsProcessed ?? 0);
    const named = (row: Operation): boolean => row.totalRecords !== null && row.totalRecords >= 0;
    const isSide = (row: Operation): boolean =>
      (row.totalRecords ?? 0) > 0 && row.batchSize !== null && (row.totalRecords ?? 0) <= row.batchSize;
    const evidence = group.filter((row) => counter(row) > 0 && (row.totalRecords ?? 0) > 0);
    const bare = group.filter((row) => counter(row) > 0 && (row.totalRecords ?? 0) <= 0);
    const isOutside = (row: Operation): boolean => (row.batchSize ?? 0) <= 0 || counter(row) > (row.batchSize ?? 0);
    const isBeyond = group.some((row) => counter(row) > 0 && isOutside(row));
    const completed = group.filter((row) => row.status === 'completed');
    const sized = group.filter((row) => row.status === 'pending' && (row.batchSize ?? 0) > 0);
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
        recordsProcessed: sum(group.map(counter)),
        totals: sum(group.map((row) => (named(row) ? (row.totalRecords ?? 0) : counter(row)))),
        rowsWithTotal: group.filter(named).length,
        bare: bare.length,
        bareOutside: bare.filter(isOutside).length,
        completedBare: bare.filter(({ status }) => status === 'completed').length,
        smallestCompletedBare: smallest(bare.filter(({ status }) => status === 'completed').map(counter)),
        evidenceRecords: sum(evidence.map(counter)),
        largestEvidence: largest(evidence.map(counter)),
        largestProcessed: largest(group.map((row) => row.recordsProcessed)),
        main: sumsOf(group.filter((row) => !isSide(row))),
        side: sumsOf(group.filter(isSide)),
        largestCompleted: largest(completed.map((row) => row.recordsProcessed)),
        largestBatch: largest(group.map((row) => row.batchSize)),
        pendingSized: sized.length,
        pendingSizes: sum(sized.map((row) => row.batchSize ?? 0)),
        startedAt: smallest(group.map((row) => row.startedAt)),
        completedAt: largest(group.map((row) => row.completedAt)),
        timedOperations: timed.length,
        timedRecords: sum(timed.map(counter)),
        timedSeconds: sum(timed.map((row) => Math.round(((row.completedAt ?? 0) - (row.startedAt ?? 0)) * 1e6))) / 1e6,
        ...rowsKept(group, isBeyond, limits),
      },
    ];
  });
}

function sumsOf(rows: readonly Operation[]): RowSums {
  const counter = (row: Operation): number => Math.max(0, row.recordsProcessed ?? 0);
  const named = rows.filter((row) => row.totalRecords !== null && row.totalRecords >= 0);
  const sized = named.filter((row) => (row.totalRecords ?? 0) > 0);
  const evidence = sized.filter((row) => counter(row) > 0);
  const completed = evidence.filter(({ status }) => status === 'completed');
  return {
    works: sized.length,
    reachedWorks: sized.filter((row) => row.status === 'completed' && counter(row) >= (row.totalRecords ?? 0)).length,
    unfinishedWorks: sized.filter(({ status }) => status !== 'completed').length,
    unfinishedRecords: sum(named.filter(({ status }) => status !== 'completed').map(counter)),
    failedWorks: sized.filter((row) => row.status === 'failed').length,
    unitWorks: sized.filter((row) => row.totalRecords === row.batchSize).length,
    records: sum(rows.map(counter)),
    totals: sum(named.map((row) => row.totalRecords ?? 0)),
    largestTotal: largest(named.map((row) => row.totalRecords)),
    smallestTotal: smallest(sized.map((row) => row.totalRecords)),
    evidence: evidence.length,
    outside: evidence.filter((row) => (row.batchSize ?? 0) <= 0 || counter(row) > (row.batchSize ?? 0)).length,
    completedEvidence: completed.length,
    largestCompleted: largest(completed.map(counter)),
    smallestCompleted: smallest(completed.map(counter)),
    largestLive: largest(
      rows
        .filter(({ status }) => status === 'running' || status === 'paused' || status === 'completed')
        .map((row) => row.recordsProcessed),
    ),
  };
}

const evidences = new WeakMap<Operation, ReturnType<typeof evidenceOf>>();

/** The evidence of a row, found once: a test asks for the totals of the same rows at many moments. */
function evidenceKept(row: Operation): ReturnType<typeof evidenceOf> {
  const evidence = evidences.get(row) ?? evidenceOf(row);
  evidences.set(row, evidence);
  return evidence;
}

/** All rows of a small table; of a larger one the first of each kind, in order of start, where any is beyond its batch. */
function rowsKept(
  group: readonly Operation[],
  isBeyond: boolean,
  limits: SampleLimits,
): Pick<Total, 'rows' | 'hasAllRows' | 'attempts' | 'marked'> {
  const ordered = group.map(evidenceKept).sort(byStart);
  if (group.length <= limits.fewRows) return { rows: ordered, hasAllRows: true, attempts: [], marked: null };
  const attempts = inOrderOfId(repeatedWorks(ordered));
  const marked = ordered.every(({ mark }) => mark !== null) ? markedAs(ordered) : null;
  if (!isBeyond) return { rows: [], hasAllRows: false, attempts, marked };
  const seen = new Map<string, number>();
  const rows = ordered.filter((row) => {
    if ((row.recordsProcessed ?? 0) <= 0) return false;
    const kind = `${row.status === 'completed'} ${(row.totalRecords ?? 0) > 0} ${isSideRow(row)}`;
    const nth = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, nth);
    return nth <= (row.status === 'completed' ? limits.completed : limits.judgedOthers);
  });
  return { rows: rows.map((row) => ({ ...row, work: null })), hasAllRows: false, attempts, marked };
}

/** The records that each operation gained from one poll of these rows to the next; a new row gained all that it has. */
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
