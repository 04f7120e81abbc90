-- For a row `one` that began in an hour that exists twice in the time zone of the session (the worker's, which took the timestamp):
-- when that hour began, in seconds. Null for other rows. For the order of start (source/domain/start-order.ts).
(SELECT CASE WHEN back OPERATOR(pg_catalog.>) interval '0'
    AND pg_catalog.timezone(zone, instant OPERATOR(pg_catalog.-) back) OPERATOR(pg_catalog.=) at
  -- Clocks are changed at a quarter of an hour.
  THEN (SELECT pg_catalog.date_part('epoch', pg_catalog.min(quarter))
    FROM pg_catalog.generate_series(pg_catalog.date_trunc('hour', at) OPERATOR(pg_catalog.-) interval '3 hours', at,
      interval '15 minutes') AS quarter
    WHERE pg_catalog.timezone(zone, pg_catalog.timezone(zone, quarter) OPERATOR(pg_catalog.-) back) OPERATOR(pg_catalog.=) quarter)
  END
FROM (
  -- By how much clocks were set back within the last three hours.
  SELECT at, zone, instant, pg_catalog.timezone(zone, instant OPERATOR(pg_catalog.-) interval '3 hours')
    OPERATOR(pg_catalog.-) (at OPERATOR(pg_catalog.-) interval '3 hours') AS back
  FROM (
    SELECT at, zone, pg_catalog.timezone(zone, at) AS instant
    FROM (
      SELECT pg_catalog.current_setting('TimeZone') AS zone, CASE WHEN pg_catalog.isfinite(one.started_at) THEN one.started_at::timestamp
        WHEN one.status OPERATOR(pg_catalog.<>) ALL (ARRAY['pending', 'running', 'paused']) AND pg_catalog.isfinite(one.completed_at)
        THEN one.completed_at::timestamp END AS at
    ) AS placed
    WHERE at OPERATOR(pg_catalog.>) timestamp '2000-01-01' AND at OPERATOR(pg_catalog.<) timestamp '2100-01-01'
  ) AS instants
) AS changes)
