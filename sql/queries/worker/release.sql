-- Makes a running operation of this worker pending again, for any worker to claim. Its counter stays.
-- started_at is cleared: a pending row that has one would become `running` without a worker when it is paused and resumed.
-- The mark keeps how many seconds were worked (domain/mark.ts, claim.sql). A row without records loses `from` of its mark:
-- other operations may migrate records before it is claimed again.
-- $1 bigint  id      $2 bigint  worker      $3 text  the mark of a row that has none, without its end
-- $4 text    start and $5 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Returns no row if the operation is gone. `applied` is false if it was not running, or is another worker's (`mine` false), or if another
-- process with this worker id has claimed it since (`reclaimed`, and `mine` false);
-- `body` is the row as it is now.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
lost AS (
  SELECT one.id
  FROM target AS one CROSS JOIN (
    SELECT $4::pg_catalog.text AS start, $5::pg_catalog.text AS worked
  ) AS held
  WHERE one.worker_id OPERATOR(pg_catalog.=) $2::bigint
    AND
      -- include ../fragments/reclaimed.sql
),
applied AS (
  UPDATE migration_control AS operation
  SET status = 'pending', worker_id = NULL, started_at = NULL, completed_at = NULL, error_message = NULL,
      validation_query = CASE
        WHEN NOT pg_catalog.isfinite(target.started_at::timestamp) IS TRUE THEN operation.validation_query
        WHEN operation.validation_query OPERATOR(pg_catalog.~) '(^| )/\* migtop run=[^ ]+ counts=own[^*]* \*/$'
          THEN pg_catalog.regexp_replace(told, '( worked=[0-9.]+)? \*/$', worked)
        ELSE pg_catalog.concat(operation.validation_query OPERATOR(pg_catalog.||) ' ', $3::pg_catalog.text, worked) END
  FROM target
  CROSS JOIN LATERAL (
    SELECT pg_catalog.concat(' worked=', pg_catalog.trunc(greatest(0, CASE WHEN pg_catalog.isfinite(target.started_at::timestamp)
      THEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-)
        target.started_at::timestamp) END)::numeric, 3), ' */') AS worked,
      CASE WHEN coalesce(target.records_processed, 0) OPERATOR(pg_catalog.=) 0
        THEN pg_catalog.regexp_replace(target.validation_query,
          '^(.*/\* migtop run=[^ ]+ counts=own(?: pooled)?) from=[0-9]+((?: repeats=-?[0-9]+)?(?: worked=[0-9.]+)? \*/)$', '\1\2')
        ELSE target.validation_query END AS told
  ) AS mark
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'running'
    AND coalesce(target.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
    AND NOT EXISTS (SELECT FROM lost)
  RETURNING operation.*
),
now AS (
  SELECT status OPERATOR(pg_catalog.=) 'pending' AS migtop_applied, applied.* FROM applied
  UNION ALL
  SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM applied)
)
SELECT
  migtop_applied AS applied,
  coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AND NOT EXISTS (SELECT FROM lost) AS mine,
  EXISTS (SELECT FROM lost) AS reclaimed,
  pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  pg_catalog.set_config('application_name',
    (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false) AS session
FROM now
