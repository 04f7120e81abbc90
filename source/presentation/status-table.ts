import type { Eta } from '../domain/eta.ts';
import type { Observation } from '../domain/observation.ts';
import type { Status } from '../domain/operation.ts';
import type { TableSummary } from '../domain/summary.ts';
import type { Validation } from '../domain/validation.ts';
import type { Zone } from '../domain/zone.ts';
import { outcomeText } from './outcome-words.ts';
import { tableRows } from './rows.ts';
import { type EndsAt, type EtaSeconds, endsAt, etaSeconds } from './status-ends.ts';
import { type RetryFigures, retryFigures } from './status-summary.ts';

type TableFigures = Pick<
  TableSummary,
  'tableName' | 'recordsProcessed' | 'totalRecords' | 'wholeTotal' | 'percent' | 'counting' | 'reasons'
>;

/** The execution of one table, in `migtop status --json`. `beingRetried` is of `unresolvedInAllPhases`. */
export interface StatusTable extends TableFigures, RetryFigures {
  /** Once nothing is open: `completed`, `completed, 25.0% fewer than expected`; with unresolved failures `ended`. */
  readonly outcome: string | null;
  readonly statuses: Record<Status, number>;
  /** How many failed operations of its execution are unresolved; null if unknown. */
  readonly unresolved: number | null;
  /** The unresolved failures in all phases. */
  readonly unresolvedInAllPhases: number | null;
  /** Over all completed batches. */
  readonly recordsPerSecond: number | null;
  /** As the polls of `--sample` saw it. */
  readonly currentRecordsPerSecond: number | null;
  readonly etaSeconds: EtaSeconds | null;
  readonly endsAt: EndsAt | null;
  /** By the operations of its validation phase. */
  readonly validation: Validation;
  readonly stalled: number;
}

/** The execution of each table. @param whole the ETA of the whole execution: no table is done after that */
export function statusTables(
  atLastPoll: Observation,
  tables: readonly TableSummary[],
  whole: Eta | null,
  zone: Zone | undefined,
): StatusTable[] {
  return tableRows(atLastPoll, tables, new Map(), whole).map(
    ({ table, validation, unresolved, failures, retries, stalled, ...row }) => ({
      tableName: table.tableName,
      recordsProcessed: table.recordsProcessed,
      totalRecords: table.totalRecords,
      wholeTotal: table.wholeTotal,
      percent: table.percent,
      counting: table.counting,
      reasons: table.reasons,
      outcome: outcomeText(table, unresolved),
      statuses: table.statuses,
      recordsPerSecond: rounded(table.recordsPerSecond),
      currentRecordsPerSecond: rounded(row.recordsPerSecond),
      etaSeconds: etaSeconds(row.eta),
      endsAt: endsAt(row.eta, atLastPoll.snapshot.takenAt, zone),
      validation,
      unresolved,
      unresolvedInAllPhases: unresolved === null ? null : failures,
      ...retryFigures(retries, unresolved !== null),
      stalled,
    }),
  );
}

/** A figure with two decimals; null if it is not known. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
