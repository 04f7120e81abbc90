-- Whether the running operations agree with a time zone: how far their starts are ahead of its clock.
-- $1 text  the time zone
SELECT
  pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now()))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone('UTC', pg_catalog.now())) AS offset_seconds,
  pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now())) AS least_ahead,
  pg_catalog.date_part('epoch', pg_catalog.max(started_at::timestamp))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now())) AS most_ahead
FROM migration_control
WHERE status OPERATOR(pg_catalog.=) 'running' AND pg_catalog.isfinite(started_at)
