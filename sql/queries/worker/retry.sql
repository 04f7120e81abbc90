-- Starts a new operation that repeats the work of a failed one (specification, "Error Tracking and Recovery"). The failed
-- row stays as it is.
-- $1 bigint  id of the failed operation                     $2 bigint  worker
-- $3 text    name of the new one, null for retry_batch_ID   $4 text    application_name up to the operation's id
-- $5 text    its validation query, with the mark that says what it repeats, but not where it continues: others may do records
--            while this statement waits (worker/retrying.ts)
-- $6 bigint  the first operation of the same work           $7 text    the version (xmin) that it was read with
-- Two workers that retry the same work at once may both have read its rows before either inserts. So each updates the first
-- row of the work (changing nothing), and a worker that finds another version of it reads again. The advisory lock makes
-- workers insert one after the other for each phase and table, as in join.sql, so the later row has the later start.
-- Returns no row if the operation is gone. Else `kind`: 'started', 'raced', or 'refused' (`body` is the row with id $1).
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
first AS (
  SELECT id, xmin::pg_catalog.text AS version FROM migration_control WHERE id OPERATOR(pg_catalog.=) $6::bigint FOR UPDATE
),
touched AS (
  UPDATE migration_control AS operation
  SET status = operation.status
  FROM target, first
  WHERE operation.id OPERATOR(pg_catalog.=) first.id
    AND target.status OPERATOR(pg_catalog.=) 'failed'
    AND first.version OPERATOR(pg_catalog.=) $7::pg_catalog.text
  RETURNING operation.id
),
alone AS MATERIALIZED (
  SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('migtop ' OPERATOR(pg_catalog.||) target.phase
    OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) target.table_name, 0))
  FROM target, touched
),
started AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, started_at,
    batch_size, worker_id, source_query, validation_query)
  SELECT
    phase, table_name, coalesce($3::pg_catalog.text, 'retry_batch_' OPERATOR(pg_catalog.||) id::pg_catalog.text),
    'running', 0, total_records,
    pg_catalog.clock_timestamp()::timestamp, batch_size, $2::bigint, source_query, $5::pg_catalog.text
  FROM target, alone
  RETURNING *
)
SELECT
  kind,
  body OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  CASE WHEN kind OPERATOR(pg_catalog.=) 'started' THEN
    -- include ../fragments/claim.sql
  END AS claim,
  CASE WHEN kind OPERATOR(pg_catalog.=) 'started'
    THEN pg_catalog.set_config('application_name', $4::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) END AS session
FROM (
  SELECT 'started' AS kind, id, started_at, completed_at, validation_query, pg_catalog.to_jsonb(started.*) AS body, 1 AS place FROM started
  UNION ALL
  SELECT CASE WHEN status OPERATOR(pg_catalog.=) 'failed' THEN 'raced' ELSE 'refused' END,
    id, started_at, completed_at, validation_query, pg_catalog.to_jsonb(target.*), 2 FROM target
) AS answers
ORDER BY place
LIMIT 1
