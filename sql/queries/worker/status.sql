-- Lists the operations of one phase, in the order in which they started (specification, "Agent Status Updates").
-- $1 text  phase
SELECT pg_catalog.to_jsonb(operation.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body
FROM migration_control AS operation
WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text
ORDER BY started_at NULLS LAST, id
