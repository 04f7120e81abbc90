-- Makes a running operation of this worker pending again, for any worker to claim. Its counter stays.
-- started_at is cleared: a pending row that has one would become `running` without a worker when it is paused and resumed.
-- The mark keeps how many seconds were worked (domain/mark.ts, claim.sql). A row without records gets `of=table` after the `from` of
-- its mark: other operations may migrate records of the table before it is claimed again.
-- $1 bigint  id      $2 bigint  worker      $3 text  the mark of a row that has none, without its end
-- $4 text    start and $5 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Returns no row if the operation is gone. `applied` is false if it was not running, or is another worker's (`mine` false), or if another
-- process with this worker id has claimed it since (`reclaimed`, and `mine` false);
-- `body` is the row as it is now.
WITH target AS (
  SELECT * FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint FOR UPDATE
),
held AS (
  SELECT $2::bigint AS worker, 'pending'::pg_catalog.text AS becomes, $4::pg_catalog.text AS start, $5::pg_catalog.text AS worked
),
lost AS (
  -- include ../fragments/lost.sql
),
applied AS (
  UPDATE migration_control AS operation
  SET status = 'pending', worker_id = NULL, started_at = NULL, completed_at = NULL, error_message = NULL,
      validation_query = CASE
        WHEN NOT pg_catalog.isfinite(target.started_at::timestamp) IS TRUE THEN operation.validation_query
        WHEN operation.validation_query OPERATOR(pg_catalog.~) '(^| )/[*] migtop run=[^ ]+ counts=own[^*]* [*]/$'
          THEN pg_catalog.regexp_replace(told, '( worked=[0-9.]+)? [*]/$', worked)
        ELSE pg_catalog.concat(operation.validation_query OPERATOR(pg_catalog.||) ' ', $3::pg_catalog.text, worked) END
  FROM target
  CROSS JOIN LATERAL (
    SELECT pg_catalog.concat(' worked=', pg_catalog.trunc(greatest(0, CASE WHEN pg_catalog.isfinite(target.started_at::timestamp)
      THEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-)
        target.started_at::timestamp) END)::numeric, 3), ' */') AS worked,
      CASE WHEN coalesce(target.records_processed, 0) OPERATOR(pg_catalog.=) 0
        THEN pg_catalog.regexp_replace(target.validation_query,
          '^(.*/[*] migtop run=[^ ]+ counts=own(?: pooled)? from=[0-9]+)((?: repeats=-?[0-9]+)?(?: worked=[0-9.]+)? [*]/)$',
          E'\\1 of=table\\2')
        ELSE target.validation_query END AS told
  ) AS mark
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) 'running'
    AND coalesce(target.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
    AND NOT EXISTS (SELECT FROM lost)
  RETURNING operation.*
),
now AS (
  -- include ../fragments/row-as-it-is.sql
)
SELECT
  -- include ../fragments/ending.sql
  ,
  -- include ../fragments/reset-name.sql
  AS session
FROM now CROSS JOIN held
