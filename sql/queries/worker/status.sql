-- The operations of one phase, in the order in which they started (specification, "Agent Status Updates").
-- $1 text  phase
SELECT to_jsonb(operation.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body
FROM migration_control AS operation
WHERE phase = $1::text
ORDER BY started_at NULLS LAST, id
