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
