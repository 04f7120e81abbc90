/** The columns of the control table, in the order of the specification ("Control Table"). */
export const controlColumns = [
  'id',
  'phase',
  'table_name',
  'operation',
  'status',
  'records_processed',
  'total_records',
  'started_at',
  'completed_at',
  'error_message',
  'batch_size',
  'worker_id',
  'source_query',
  'validation_query',
] as const;
export type ControlColumn = (typeof controlColumns)[number];

/** The values of a row as text, as the table has them: not safe for a terminal. */
export type ExportedRow = Readonly<Record<ControlColumn, string | null>>;

/** The columns of numbers but the id. */
export const counterColumns: readonly string[] = [
  'records_processed',
  'total_records',
  'batch_size',
  'worker_id',
] satisfies ControlColumn[];

/** The columns of numbers. */
export const numberColumns: readonly string[] = ['id', ...counterColumns];

/** The columns of timestamps. */
export const timestampColumns: readonly string[] = ['started_at', 'completed_at'] satisfies ControlColumn[];
