-- Claims the pending operation with the lowest id. Any number of workers may run it at once: SKIP LOCKED skips a row that
-- another worker is claiming, and PostgreSQL checks the status again after it has locked the row.
-- $1 text    phase, null for any      $2 text    table, null for any      $3 text  operation, null for any
-- $4 bigint  worker                   $5 text    application_name up to the operation's id
-- $6 bigint[]  operations that continue the work of others, and wait for them    $7 bigint[]  those others, in the same order
-- Returns no row if nothing is pending.
-- Clears completed_at and error_message of an earlier attempt. started_at becomes now; if the row has records already, now
-- minus the seconds that were worked on it (in its mark, from release.sql; or from started_at to completed_at if an operator
-- made a failed row pending), without the time in the queue.
WITH next AS (
  SELECT id
  FROM migration_control AS queued
  WHERE status OPERATOR(pg_catalog.=) 'pending'
    AND ($1::pg_catalog.text IS NULL OR phase OPERATOR(pg_catalog.=) $1::pg_catalog.text)
    AND ($2::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text)
    AND ($3::pg_catalog.text IS NULL OR operation OPERATOR(pg_catalog.=) $3::pg_catalog.text)
    AND NOT EXISTS (
      SELECT
      FROM ROWS FROM (pg_catalog.unnest($6::bigint[]), pg_catalog.unnest($7::bigint[])) AS waits (id, other)
      JOIN migration_control AS rival ON rival.id OPERATOR(pg_catalog.=) waits.other
      WHERE waits.id OPERATOR(pg_catalog.=) queued.id
        AND rival.status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
    )
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
claimed AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $4::bigint,
      completed_at = NULL,
      error_message = NULL,
      started_at = pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs =>
        -- include ../fragments/seconds-worked.sql
      )
  FROM next
  WHERE operation.id OPERATOR(pg_catalog.=) next.id AND operation.status OPERATOR(pg_catalog.=) 'pending'
  RETURNING operation.*
)
SELECT
  pg_catalog.to_jsonb(claimed.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body,
  -- include ../fragments/claim.sql
  AS claim,
  pg_catalog.set_config('application_name', $5::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) AS session
FROM claimed
