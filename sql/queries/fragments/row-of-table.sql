-- A row `one` of the table as JSON, from which migtop/worker computes where to continue (source/worker/checkpoint.ts): without its
-- error and its validation query.
pg_catalog.jsonb_build_object(
  'id', one.id, 'phase', one.phase::pg_catalog.text, 'table_name', one.table_name::pg_catalog.text,
  'operation', one.operation::pg_catalog.text, 'status', one.status::pg_catalog.text,
  'records_processed', one.records_processed, 'total_records', one.total_records, 'batch_size', one.batch_size,
  'worker_id', one.worker_id, 'source_query', one.source_query, 'error_message', NULL,
  'started_at', pg_catalog.date_part('epoch', one.started_at::timestamp),
  'completed_at', pg_catalog.date_part('epoch', one.completed_at::timestamp),
  'place',
  -- include start-place.sql
)
