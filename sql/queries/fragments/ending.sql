-- The columns that finish.sql and release.sql return: whether the operation became `held.becomes`, whether it is this worker's,
-- whether another process with this worker id has claimed it since, and the row as it is now.
now.migtop_applied AS applied,
coalesce(now.worker_id OPERATOR(pg_catalog.=) held.worker, true) AND NOT EXISTS (SELECT FROM lost) AS mine,
EXISTS (SELECT FROM lost) AS reclaimed,
pg_catalog.to_jsonb(now.*) OPERATOR(pg_catalog.||)
  -- include timestamps.sql
  AS body
