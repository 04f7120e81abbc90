-- The rows of one phase and table, for domain/checkpoint.ts to judge how many records are done (specification, "Resume
-- Capability"), and for domain/lineage.ts to tell which are attempts of one work.
-- $1 text     phase: 'execution', or a validation's 1569 would pass for records that were migrated
-- $2 text     table
-- $3 timestamptz  the operations that started then or later are included, and those that never started whose id is not below
--             theirs; null for all
-- $4 bigint   the first id that is included, null for all
-- Open rows come along in any case; `included` says which are meant. Of the validation query only what may hold a mark
-- comes along, of the error nothing.
WITH earliest AS (
  SELECT pg_catalog.min(id) AS id
  FROM migration_control
  WHERE started_at::timestamp OPERATOR(pg_catalog.>=) ($3::timestamp with time zone)::timestamp
),
operation AS (
  SELECT *,
    ($4::bigint IS NULL OR id OPERATOR(pg_catalog.>=) $4::bigint)
    AND ($3::timestamp with time zone IS NULL
      OR coalesce(started_at, completed_at)::timestamp OPERATOR(pg_catalog.>=) ($3::timestamp with time zone)::timestamp
      OR coalesce(started_at, completed_at) IS NULL
        AND id OPERATOR(pg_catalog.>=) coalesce((SELECT earliest.id FROM earliest), 0)) AS migtop_included
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
)
SELECT pg_catalog.jsonb_build_object(
    'id', id, 'phase', phase, 'table_name', table_name, 'operation', operation.operation, 'status', status,
    'records_processed', records_processed, 'total_records', total_records, 'batch_size', batch_size,
    'worker_id', worker_id, 'source_query', source_query, 'error_message', NULL,
    'validation_query', CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */' THEN validation_query END,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  migtop_included AS included,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS now
FROM operation
WHERE migtop_included OR status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
ORDER BY id
