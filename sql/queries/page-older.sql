-- Operations from an id downwards, newest first, found by key: as quick on the last page as on the first.
-- $1 bigint  the highest id to bring
-- $2 text[]  statuses, null for any          $3 text[] phases, null for any
-- $4 bigint  worker, null for any            $5 text   the table's name, as a LIKE pattern, null for any
-- $6 text    free text in table, operation or error, as a LIKE pattern, null for any
-- $7 int     how many
SELECT 'operation' AS kind, json_build_object(
    'id', id,
    'phase', left(phase, 200),
    'table_name', left(table_name, 200),
    'operation', left(operation, 200),
    'status', left(status, 200),
    'records_processed', records_processed,
    'total_records', total_records,
    'started_at', date_part('epoch', started_at::timestamp),
    'completed_at', date_part('epoch', completed_at::timestamp),
    'error_message', left(error_message, 400),
    'batch_size', batch_size,
    'worker_id', worker_id,
    'source_query', left(source_query, 200),
    'validation_query', left(validation_query, 200),
    'version', xmin::text,
    'identity', left(md5(concat_ws(chr(31), phase, table_name, operation)), 12)) AS body
FROM migration_control
WHERE id <= $1::bigint
  AND ($2::text[] IS NULL OR status = ANY ($2::text[]))
  AND ($3::text[] IS NULL OR phase = ANY ($3::text[]))
  AND ($4::bigint IS NULL OR worker_id = $4::bigint)
  AND ($5::text IS NULL OR table_name ILIKE $5::text)
  AND ($6::text IS NULL OR table_name ILIKE $6::text OR operation ILIKE $6::text OR error_message ILIKE $6::text)
ORDER BY id DESC
LIMIT $7::int
