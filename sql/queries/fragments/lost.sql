-- The operation in `target`, if another process with this worker id has claimed it since. `held` has the worker too.
SELECT one.id
FROM target AS one CROSS JOIN held
WHERE one.worker_id OPERATOR(pg_catalog.=) held.worker
  AND
    -- include reclaimed.sql
