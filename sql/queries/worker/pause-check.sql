-- Reads the status of an operation without a lock; a worker runs it while its operation is paused. application_name then
-- ends in ` paused`, so that an operator can see that the worker has stopped.
-- $1 bigint  id      $2 bigint  worker      $3 text  application_name up to the operation's id
-- $4 text    start and $5 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Always returns a row. `status` is null if the operation is gone. `mine` is false if it is another worker's, or
-- if another process with this worker id has claimed it since (`reclaimed`).
SELECT
  operation.status,
  operation.mine,
  operation.reclaimed,
  pg_catalog.set_config('application_name', CASE
    WHEN operation.mine AND operation.status OPERATOR(pg_catalog.=) 'paused' THEN
      $3::pg_catalog.text OPERATOR(pg_catalog.||) operation.id::pg_catalog.text OPERATOR(pg_catalog.||) ' paused'
    WHEN operation.mine AND operation.status OPERATOR(pg_catalog.=) 'running' THEN
      $3::pg_catalog.text OPERATOR(pg_catalog.||) operation.id::pg_catalog.text
    ELSE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name') END,
      false) AS session
FROM (VALUES (true)) AS always
LEFT JOIN (
  SELECT id, status, reclaimed, coalesce(worker_id OPERATOR(pg_catalog.=) $2::bigint, true) AND NOT reclaimed AS mine
  FROM (
    SELECT one.id, one.status, one.worker_id, coalesce(one.worker_id OPERATOR(pg_catalog.=) $2::bigint, false) AND
        -- include ../fragments/reclaimed.sql
      AS reclaimed
    FROM migration_control AS one CROSS JOIN (
      SELECT $4::pg_catalog.text AS start, $5::pg_catalog.text AS worked
    ) AS held
    WHERE one.id OPERATOR(pg_catalog.=) $1::bigint
  ) AS compared
) AS operation ON true
