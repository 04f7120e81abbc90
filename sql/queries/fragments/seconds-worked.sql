-- How many seconds were worked on `operation` before it became pending: from its mark (worker/release.sql), or from its start to its
-- end if an operator made a failed row pending. Without them, the rate would divide all records by the time since the new claim.
CASE
  WHEN coalesce(operation.records_processed, 0) OPERATOR(pg_catalog.<=) 0 THEN 0
  WHEN operation.validation_query OPERATOR(pg_catalog.~) ' worked=[0-9]{1,9}([.][0-9]{1,6})? [*]/$'
    THEN pg_catalog.substring(operation.validation_query, ' worked=([0-9]{1,9}(?:[.][0-9]{1,6})?) [*]/$')::double precision
  WHEN pg_catalog.isfinite(operation.started_at::timestamp) AND pg_catalog.isfinite(operation.completed_at::timestamp)
    THEN greatest(0, pg_catalog.date_part('epoch',
      operation.completed_at::timestamp OPERATOR(pg_catalog.-) operation.started_at::timestamp))
  ELSE 0 END
