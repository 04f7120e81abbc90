-- Rows that may be attempts of the same work as failed operations (domain/retry.ts), read through the index on table_name.
-- $1 bigint[] ids of the failed operations
-- $2 int      maximum number of rows of one source query, and of marked rows and retries
-- Table names are compared as they are stored: one that was decoded for a list may be another text.
-- `body.by` says how the row was found: 'id', 'query' or 'name' (also the rows with the mark of the worker library).
WITH own AS (
  SELECT id, table_name::pg_catalog.text, source_query FROM migration_control WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
candidates AS (
  SELECT
    -- include fragments/operation-columns.sql
    ,
    CASE
      WHEN id OPERATOR(pg_catalog.=) ANY ($1::bigint[]) THEN 'id'
      WHEN operation OPERATOR(pg_catalog.~*) 'retry'
        OR validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]*[*]/$' THEN 'name'
      WHEN source_query OPERATOR(pg_catalog.=) ANY (SELECT own.source_query FROM own) THEN 'query' END AS found_by
  FROM migration_control
  WHERE table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT own.table_name FROM own))
),
numbered AS (
  SELECT candidates.*, pg_catalog.row_number() OVER (PARTITION BY found_by ORDER BY id DESC) AS place
  FROM candidates
  WHERE found_by IS NOT NULL
)
SELECT 'candidate' AS kind, pg_catalog.json_build_object(
    'by', found_by,
    'id', id,
    'phase', phase,
    'table_name', table_name,
    'operation', operation,
    'status', status,
    'records_processed', records_processed,
    'total_records', total_records,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
    'error_message', NULL,
    'batch_size', batch_size,
    'worker_id', worker_id,
    'source_query', source_query,
    'validation_query', pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'),
    'version', version,
    'identity',
    -- include fragments/identity.sql
  ) AS body
FROM numbered
WHERE place OPERATOR(pg_catalog.<=) $2::int
ORDER BY id
