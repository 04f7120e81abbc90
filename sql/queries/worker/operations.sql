-- Reads operations by their ids.
-- $1 bigint[]  ids
SELECT pg_catalog.to_jsonb(operation.*) OPERATOR(pg_catalog.||)
    -- include ../fragments/timestamps.sql
    AS body
FROM migration_control AS operation
WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
ORDER BY id
