-- An operation with the text by which attempts of the same work are found (source/domain/lineage.ts). Of validation_query only the mark
-- of the worker library is sent.
pg_catalog.json_build_array(id, pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
  pg_catalog.left(operation, 200), pg_catalog.left(status, 200), records_processed, total_records,
  pg_catalog.date_part('epoch', started_at::timestamp), pg_catalog.date_part('epoch', completed_at::timestamp),
  batch_size, worker_id, version,
  -- include identity.sql
  , pg_catalog.left(error_message, 400),
  -- include compared-query.sql
  ,
  pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'),
  -- include query-digest.sql
  )
