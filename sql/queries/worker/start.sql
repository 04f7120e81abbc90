-- Inserts a running operation (specification, "Batch Migration Tracking").
-- $1 text    phase             $2 text    table          $3 text    operation
-- $4 bigint  total_records     $5 bigint  batch_size     $6 bigint  worker
-- $7 text    source_query      $8 text    validation_query
-- $9 text    application_name up to the operation's id
WITH started AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, started_at,
    batch_size, worker_id, source_query, validation_query)
  VALUES (
    $1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text, 'running', 0, $4::bigint,
      pg_catalog.clock_timestamp()::timestamp,
    $5::bigint, $6::bigint, $7::pg_catalog.text, $8::pg_catalog.text)
  RETURNING *
)
SELECT
  pg_catalog.to_jsonb(started.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  -- include ../fragments/claim.sql
  AS claim,
  pg_catalog.set_config('application_name', $9::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) AS session
FROM started
