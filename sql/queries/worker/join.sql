-- Finds or starts the operation with which a worker continues a table: its own running or paused one, else a pending one,
-- else a new one. If another worker is running the same work, it changes nothing.
-- $1 text     phase             $2 text    table          $3 text    operation
-- $4 bigint   total_records     $5 bigint  batch_size     $6 bigint  worker
-- $7 text     source_query      $8 text    validation_query
-- $9 text     application_name up to the operation's id
-- $10 boolean whether only rows with the same source query belong to the same work
-- $11 bigint[] open rows that do not belong to this work: of another run, or excluded by `since`
-- $12 bigint[] rows with another name that are attempts of the same work, such as retries
-- $13 bigint[] rows that another process with this worker id claimed after this one: they count as another worker's
-- Returns `kind`: 'joined' (`queued`: the row was pending until now), 'busy' (`body` is the other worker's row) or 'started'. Two workers
-- that start at once do not see each other's row here. The advisory lock makes them insert one after the other, so the later one has the
-- higher id; withdraw.sql then sees both.
WITH left_behind AS (
  SELECT id
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND (operation OPERATOR(pg_catalog.=) $3::pg_catalog.text OR id OPERATOR(pg_catalog.=) ANY ($12::bigint[]))
    AND (NOT $10::boolean OR source_query OPERATOR(pg_catalog.=) $7::pg_catalog.text
      OR source_query IS NULL AND $7::pg_catalog.text IS NULL)
    AND status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND worker_id OPERATOR(pg_catalog.=) $6::bigint
    AND NOT id OPERATOR(pg_catalog.=) ANY ($13::bigint[])
    AND NOT id OPERATOR(pg_catalog.=) ANY ($11::bigint[])
  ORDER BY id
  LIMIT 1
  FOR UPDATE
),
other AS (
  SELECT *
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND (NOT $10::boolean OR source_query OPERATOR(pg_catalog.=) $7::pg_catalog.text
      OR source_query IS NULL AND $7::pg_catalog.text IS NULL)
    AND status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND ((worker_id OPERATOR(pg_catalog.=) $6::bigint) IS NOT TRUE OR id OPERATOR(pg_catalog.=) ANY ($13::bigint[]))
    AND NOT EXISTS (SELECT FROM left_behind)
  ORDER BY id
  LIMIT 1
),
queued AS (
  SELECT id
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND (operation OPERATOR(pg_catalog.=) $3::pg_catalog.text OR id OPERATOR(pg_catalog.=) ANY ($12::bigint[]))
    AND (NOT $10::boolean OR source_query OPERATOR(pg_catalog.=) $7::pg_catalog.text
      OR source_query IS NULL AND $7::pg_catalog.text IS NULL)
    AND status OPERATOR(pg_catalog.=) 'pending'
    AND NOT id OPERATOR(pg_catalog.=) ANY ($11::bigint[])
    AND NOT EXISTS (SELECT FROM left_behind) AND NOT EXISTS (SELECT FROM other)
  ORDER BY id
  LIMIT 1
  FOR UPDATE
),
own AS (
  SELECT id FROM left_behind UNION ALL SELECT id FROM queued
),
-- Held until the transaction ends, which may be the caller's: a retry of the same table (retry.sql) waits for it, and then
-- sees the operation that was taken up.
alone AS MATERIALIZED (
  SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('migtop ' OPERATOR(pg_catalog.||) $1::pg_catalog.text
    OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) $2::pg_catalog.text, 0))
  WHERE NOT EXISTS (SELECT FROM other)
),
joined AS (
  UPDATE migration_control AS operation
  SET status = CASE WHEN operation.status OPERATOR(pg_catalog.=) 'pending' THEN 'running' ELSE operation.status END,
      worker_id = $6::bigint,
      completed_at = NULL,
      error_message = NULL,
      -- As in claim.sql.
      started_at = CASE WHEN operation.status OPERATOR(pg_catalog.<>) 'pending' AND operation.started_at IS NOT NULL
        THEN operation.started_at
      ELSE pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs =>
        -- include ../fragments/seconds-worked.sql
      ) END
  FROM own, (SELECT pg_catalog.count(*) FROM alone) AS held
  WHERE operation.id OPERATOR(pg_catalog.=) own.id
  RETURNING operation.*
),
started AS (
  INSERT INTO migration_control (
    phase, table_name, operation, status, records_processed, total_records, started_at,
    batch_size, worker_id, source_query, validation_query)
  SELECT
    $1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text, 'running', 0, $4::bigint,
      pg_catalog.clock_timestamp()::timestamp,
    $5::bigint, $6::bigint, $7::pg_catalog.text, $8::pg_catalog.text
  FROM alone
  WHERE NOT EXISTS (SELECT FROM own)
  RETURNING *
)
SELECT
  kind,
  EXISTS (SELECT FROM queued) AS queued,
  body OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  CASE WHEN kind OPERATOR(pg_catalog.<>) 'busy' THEN
    -- include ../fragments/claim.sql
  END AS claim,
  CASE WHEN kind OPERATOR(pg_catalog.<>) 'busy' THEN
    pg_catalog.set_config('application_name',
      $9::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text OPERATOR(pg_catalog.||) CASE WHEN status
        OPERATOR(pg_catalog.=) 'paused' THEN ' paused' ELSE '' END, false)
  END AS session
FROM (
  SELECT 'joined' AS kind, id, status, started_at, completed_at, validation_query, pg_catalog.to_jsonb(joined.*) AS body FROM joined
  UNION ALL
  SELECT 'busy', id, status, started_at, completed_at, validation_query, pg_catalog.to_jsonb(other.*) FROM other
  UNION ALL
  SELECT 'started', id, status, started_at, completed_at, validation_query, pg_catalog.to_jsonb(started.*) FROM started
) AS answers
