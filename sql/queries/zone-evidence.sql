-- Whether the running operations agree with a time zone: how far their starts are ahead of its clock. A start that is in the future
-- in every zone proves nothing.
-- $1 text    the time zone
-- $2 float8  how far the clocks of a zone are ahead of UTC at most, in seconds
SELECT
  pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now()))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone('UTC', pg_catalog.now())) AS offset_seconds,
  pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now())) AS least_ahead,
  pg_catalog.date_part('epoch', pg_catalog.max(started_at::timestamp))
    OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.timezone($1::pg_catalog.text, pg_catalog.now())) AS most_ahead
FROM migration_control
WHERE status OPERATOR(pg_catalog.=) 'running' AND pg_catalog.isfinite(started_at)
  AND pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog.<=)
    (pg_catalog.date_part('epoch', pg_catalog.timezone('UTC', pg_catalog.now())) OPERATOR(pg_catalog.+) $2::pg_catalog.float8)
