-- Puts a running operation of this worker back into the queue, its counter kept, for any worker to go on with.
-- `started_at` is cleared: a pending row that had one would be resumed, after a pause, to `running` with nobody on it. For
-- how long the row was worked at is kept in its mark (domain/mark.ts), for whoever claims it (claim.sql). Where a row without
-- records goes on with a table is left out of it: other operations may do records before it is claimed.
-- $1 bigint  id      $2 bigint  worker      $3 text  the mark of a row that has none, without its end
-- Returns no row: gone. `moved` false: `body` says what it is now; `mine` false: it is another worker's.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
moved AS (
  UPDATE migration_control AS operation
  SET status = 'pending', worker_id = NULL, started_at = NULL, completed_at = NULL, error_message = NULL,
      validation_query = CASE
        WHEN NOT pg_catalog.isfinite(target.started_at::timestamp) IS TRUE THEN operation.validation_query
        WHEN operation.validation_query OPERATOR(pg_catalog.~) '(^| )/\* migtop run=[^ ]+ counts=own[^*]* \*/$'
          THEN pg_catalog.regexp_replace(told, '( worked=[0-9.]+)? \*/$', worked)
        ELSE pg_catalog.concat(operation.validation_query OPERATOR(pg_catalog.||) ' ', $3::pg_catalog.text, worked) END
  FROM target
  CROSS JOIN LATERAL (
    SELECT pg_catalog.concat(' worked=', pg_catalog.round(greatest(0, CASE WHEN pg_catalog.isfinite(target.started_at::timestamp)
      THEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-)
        target.started_at::timestamp) END)::numeric, 3), ' */') AS worked,
      CASE WHEN coalesce(target.records_processed, 0) OPERATOR(pg_catalog.=) 0
        THEN pg_catalog.regexp_replace(target.validation_query,
          '^(.*/\* migtop run=[^ ]+ counts=own) from=[0-9]+((?: repeats=-?[0-9]+)?(?: worked=[0-9.]+)? \*/)$', '\1\2')
        ELSE target.validation_query END AS told
  ) AS mark
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'running'
    AND coalesce(target.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
  RETURNING operation.*
),
now AS (
  SELECT status OPERATOR(pg_catalog.=) 'pending' AS migtop_moved, moved.* FROM moved
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM moved)
)
SELECT
  migtop_moved AS moved,
  coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AS mine,
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  pg_catalog.set_config('application_name',
    (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false) AS session
FROM now
