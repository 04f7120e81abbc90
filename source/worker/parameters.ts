import type { StatementName } from './sql.ts';

/** Which claim of an operation this process has (sql/queries/fragments/reclaimed.sql): null if it knows of none. */
const claim = ['claimStart', 'claimWorked'] as const;
/** The columns of a new row that `start.sql` and `join.sql` write. */
const newRow = [
  'phase',
  'tableName',
  'operation',
  'totalRecords',
  'batchSize',
  'worker',
  'sourceQuery',
  'validationQuery',
  'label',
] as const;

/** The names of the parameters of sql/queries/worker/NAME.sql, in the order of its `$1`, `$2` … */
export const parameters = {
  checkpoint: ['phase', 'tableName', 'since', 'firstId', 'undoing'],
  claim: ['phase', 'tableName', 'operation', 'worker', 'label', 'waiting', 'others'],
  enter: ['id', 'worker', 'label', ...claim],
  finish: ['id', 'worker', 'status', 'error', 'recordsProcessed', 'totalRecords', ...claim],
  incomplete: ['phase', 'tableName', 'ofWorker'],
  join: [...newRow, 'bySourceQuery', 'leftOut', 'attempts', 'lost'],
  lineage: ['id'],
  mark: ['id', 'worker', 'validationQuery', 'before', ...claim],
  operations: ['ids'],
  'pause-check': ['id', 'worker', 'label', ...claim],
  release: ['id', 'worker', 'mark', ...claim],
  report: ['id', 'recordsProcessed', 'worker', 'label', 'expected', ...claim],
  resolve: ['table'],
  retry: ['id', 'worker', 'operation', 'label', 'validationQuery', 'firstId', 'firstVersion'],
  start: newRow,
  status: ['phase'],
  'take-over': ['id', 'worker', 'from', 'label'],
  withdraw: ['id', 'worker', 'bySourceQuery', 'leftOut', 'reason', ...claim],
} as const satisfies Record<StatementName, readonly string[]>;

/** The values that the session knows itself. */
interface OfSession {
  readonly worker: number;
  readonly claimStart: string | null;
  readonly claimWorked: string | null;
}

/** A value for each other parameter of a statement. */
export type StatementValues<Name extends StatementName> = Readonly<
  Record<Exclude<(typeof parameters)[Name][number], keyof OfSession>, unknown>
>;

/** The values of a statement in the order of its parameters. */
export function statementValues<Name extends StatementName>(
  name: Name,
  values: StatementValues<Name>,
  ofSession: OfSession,
): unknown[] {
  const all: Readonly<Record<string, unknown>> = { ...values, ...ofSession };
  return parameters[name].map((parameter) => all[parameter]);
}
