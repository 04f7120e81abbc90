-- Assigns a running or paused operation of a dead worker to this worker. Its status and counter stay.
-- $1 bigint  id            $2 bigint  worker
-- $3 bigint  the worker that the row must still name, null if it must name none
-- $4 text    application_name up to the operation's id
-- Returns no row if the operation is gone. `applied` is false if it was not assigned; `body` is the row as it is now.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
applied AS (
  UPDATE migration_control AS operation
  SET worker_id = $2::bigint,
      -- A process that had claimed it is refused, also if its worker id is the same (reclaimed.sql).
      started_at =
        -- include ../fragments/next-start.sql
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND (target.worker_id OPERATOR(pg_catalog.=) $3::bigint OR target.worker_id IS NULL AND $3::bigint IS NULL)
  RETURNING operation.*
),
now AS (
  SELECT true AS migtop_applied, applied.* FROM applied
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM applied)
)
SELECT
  migtop_applied AS applied,
  false AS mine,
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  CASE WHEN migtop_applied THEN
    -- include ../fragments/claim.sql
  END AS claim,
  CASE WHEN migtop_applied THEN
    pg_catalog.set_config('application_name',
      $4::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text OPERATOR(pg_catalog.||) CASE WHEN status
        OPERATOR(pg_catalog.=) 'paused' THEN ' paused' ELSE '' END, false)
  END AS session
FROM now
