-- Lists the pending, running and paused operations (specification, "Resume Capability"), those not started last.
-- $1 text  phase, null for any      $2 text  table, null for any      $3 bigint  worker, null for any
SELECT pg_catalog.to_jsonb(operation.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body
FROM migration_control AS operation
WHERE status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
  AND ($1::pg_catalog.text IS NULL OR phase OPERATOR(pg_catalog.=) $1::pg_catalog.text)
  AND ($2::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text)
  AND ($3::bigint IS NULL OR worker_id OPERATOR(pg_catalog.=) $3::bigint)
ORDER BY started_at NULLS LAST, id
