-- An operation as JSON (source/database/decode.ts). Texts are cut to the length that a list shows; the mark of the worker
-- library at the end of validation_query (source/domain/mark.ts) is kept, and the source query is sent as it is compared.
pg_catalog.json_build_object(
  'id', id,
  'phase', pg_catalog.left(phase, 200),
  'table_name', pg_catalog.left(table_name, 200),
  'operation', pg_catalog.left(operation, 200),
  'status', pg_catalog.left(status, 200),
  'records_processed', records_processed,
  'total_records', total_records,
  'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
  'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
  'error_message', pg_catalog.left(error_message, 400),
  'batch_size', batch_size,
  'worker_id', worker_id,
  'source_query',
  -- include compared-query.sql
  ,
  'validation_query', CASE WHEN pg_catalog.right(validation_query, 2) OPERATOR(pg_catalog.=) '*/' THEN pg_catalog.concat(
      pg_catalog.left(pg_catalog.regexp_replace(validation_query, ' ?/[*] migtop run=[^*]*[*]/$', ''), 120),
      pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'))
    ELSE pg_catalog.left(validation_query, 200) END,
  'version', version,
  'identity',
  -- include identity.sql
)
