-- What has become of an operation, without a lock: what a worker asks while its operation is paused. The session's name
-- says that it waits, so that an operator can see that the pause has been noticed.
-- $1 bigint  id      $2 bigint  worker      $3 text  the session's name up to the operation's id
-- Always returns a row. `status` null: gone. `mine` false: it is another worker's.
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
