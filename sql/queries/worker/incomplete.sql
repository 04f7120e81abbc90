-- All that is still to be done or being done (specification, "Resume Capability"), what waits in the queue last.
-- $1 text  phase, null for any      $2 text  table, null for any      $3 bigint  worker, null for any
SELECT to_jsonb(operation.*) || jsonb_build_object(
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp)) AS body
FROM migration_control AS operation
WHERE status IN ('pending', 'running', 'paused')
  AND ($1::text IS NULL OR phase = $1::text)
  AND ($2::text IS NULL OR table_name = $2::text)
  AND ($3::bigint IS NULL OR worker_id = $3::bigint)
ORDER BY started_at NULLS LAST, id
