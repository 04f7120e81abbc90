-- Reads operations by their ids.
-- $1 bigint[]  ids
SELECT pg_catalog.to_jsonb(operation.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body
FROM migration_control AS operation
WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
ORDER BY id
