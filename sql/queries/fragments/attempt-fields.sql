-- An operation with the text by which attempts of the same work are found (source/domain/lineage.ts). A long query is shortened in
-- the middle: its end says which records it reads, and a digest tells it from others. Of validation_query only the mark of the
-- worker library is sent.
pg_catalog.json_build_array(id, pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
  pg_catalog.left(operation, 200), pg_catalog.left(status, 200), records_processed, total_records,
  pg_catalog.date_part('epoch', started_at::timestamp), pg_catalog.date_part('epoch', completed_at::timestamp),
  batch_size, worker_id, version,
  -- include identity.sql
  , pg_catalog.left(error_message, 400),
  CASE WHEN pg_catalog.length(source_query) OPERATOR(pg_catalog.<=) 2000 THEN source_query
    ELSE pg_catalog.concat(pg_catalog.left(source_query, 400), ' md5_', pg_catalog.md5(source_query), ' ',
      pg_catalog.right(source_query, 300)) END,
  pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'),
  pg_catalog.hashtext(pg_catalog.left(source_query, 400)))
