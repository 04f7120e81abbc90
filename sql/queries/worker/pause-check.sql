-- Reads the status of an operation without a lock; a worker runs it while its operation is paused. application_name then
-- ends in ` paused`, so that an operator can see that the worker has stopped.
-- $1 bigint  id      $2 bigint  worker      $3 text  application_name up to the operation's id
-- Always returns a row. `status` is null if the operation is gone. `mine` is false if it is another worker's.
SELECT
  operation.status,
  coalesce(operation.worker_id OPERATOR(pg_catalog.=) $2::bigint, operation.id IS NOT NULL) AS mine,
  pg_catalog.set_config('application_name', CASE
    WHEN coalesce(operation.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
      AND operation.status OPERATOR(pg_catalog.=) 'paused' THEN
      $3::pg_catalog.text OPERATOR(pg_catalog.||) operation.id::pg_catalog.text OPERATOR(pg_catalog.||) ' paused'
    WHEN coalesce(operation.worker_id OPERATOR(pg_catalog.=) $2::bigint, true)
      AND operation.status OPERATOR(pg_catalog.=) 'running' THEN
      $3::pg_catalog.text OPERATOR(pg_catalog.||) operation.id::pg_catalog.text
    ELSE (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name') END,
      false) AS session
FROM (VALUES (true)) AS always
LEFT JOIN migration_control AS operation ON operation.id OPERATOR(pg_catalog.=) $1::bigint
