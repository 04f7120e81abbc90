-- Gives up an operation of this worker before its first batch.
-- $1 bigint  id      $2 bigint  worker      $3 text  why
WITH given_up AS (
  UPDATE migration_control
  SET status = 'skipped', completed_at = pg_catalog.clock_timestamp()::timestamp, error_message = $3::pg_catalog.text
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
    AND worker_id OPERATOR(pg_catalog.=) $2::bigint
  RETURNING id
)
SELECT
  (SELECT id FROM given_up) AS id,
  pg_catalog.set_config('application_name',
    (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false) AS session
