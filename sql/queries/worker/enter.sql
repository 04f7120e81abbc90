-- Claims one operation by its id if it is pending, or running without a worker. Others stay unchanged. The row is locked
-- first, so the returned row is the latest committed one.
-- $1 bigint  id      $2 bigint  worker      $3 text  application_name up to the operation's id
-- $4 text    start and $5 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Returns no row if the operation is gone. `mine` is false if it is another worker's, or if another process with this worker id
-- has claimed it since (`reclaimed`).
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
taken AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $2::bigint,
      completed_at = NULL,
      error_message = NULL,
      -- As in claim.sql.
      started_at = CASE WHEN target.status OPERATOR(pg_catalog.=) 'running' AND operation.started_at IS NOT NULL
        THEN operation.started_at
      ELSE pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs =>
        -- include ../fragments/seconds-worked.sql
      ) END
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND (target.status OPERATOR(pg_catalog.=) 'pending'
      OR (target.status OPERATOR(pg_catalog.=) 'running' AND target.worker_id IS NULL))
  RETURNING operation.*
),
held AS (
  SELECT $2::bigint AS worker, $4::pg_catalog.text AS start, $5::pg_catalog.text AS worked
),
lost AS (
  SELECT * FROM (
    -- include ../fragments/lost.sql
  ) AS found
  WHERE NOT EXISTS (SELECT FROM taken)
),
now AS (
  SELECT * FROM taken
  UNION ALL
  SELECT * FROM target WHERE NOT EXISTS (SELECT FROM taken)
)
SELECT
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AND NOT EXISTS (SELECT FROM lost) AS mine,
  EXISTS (SELECT FROM lost) AS reclaimed,
  CASE WHEN worker_id OPERATOR(pg_catalog.=) $2::bigint AND NOT EXISTS (SELECT FROM lost) THEN
    -- include ../fragments/claim.sql
  END AS claim,
  CASE
    WHEN EXISTS (SELECT FROM lost) THEN
      -- include ../fragments/reset-name.sql
    WHEN worker_id OPERATOR(pg_catalog.=) $2::bigint AND status OPERATOR(pg_catalog.=) 'running'
      THEN pg_catalog.set_config('application_name', $3::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false)
    WHEN worker_id OPERATOR(pg_catalog.=) $2::bigint AND status OPERATOR(pg_catalog.=) 'paused' THEN
      pg_catalog.set_config('application_name',
        $3::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text OPERATOR(pg_catalog.||) ' paused', false)
  END AS session
FROM now
