-- Operations above an id, oldest first, found by key.
-- $1 bigint  the id below the lowest to bring
-- $2 text[]  statuses, null for any          $3 text[] phases, null for any
-- $4 bigint  worker, null for any            $5 text   the table's name, as a LIKE pattern, null for any
-- $6 text    free text in table, operation or error, as a LIKE pattern, null for any
-- $7 int     how many
SELECT 'operation' AS kind, pg_catalog.json_build_object(
    'id', id,
    'phase', pg_catalog.left(phase, 200),
    'table_name', pg_catalog.left(table_name, 200),
    'operation', pg_catalog.left(operation, 200),
    'status', pg_catalog.left(status, 200),
    'records_processed', records_processed,
    'total_records', total_records,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
    'error_message', pg_catalog.left(error_message, 400),
    'batch_size', batch_size,
    'worker_id', worker_id,
    'source_query', pg_catalog.left(source_query, 200),
    'validation_query', CASE WHEN pg_catalog.right(validation_query, 2) OPERATOR(pg_catalog.=) '*/' THEN pg_catalog.concat(
        pg_catalog.left(pg_catalog.regexp_replace(validation_query, ' ?/[*] migtop run=[^*]*[*]/$', ''), 120),
        pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'))
      ELSE pg_catalog.left(validation_query, 200) END,
    'version', xmin::pg_catalog.text,
    'identity', pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)),
      12)) AS body
FROM migration_control
WHERE id OPERATOR(pg_catalog.>) $1::bigint
  AND ($2::pg_catalog.text[] IS NULL OR status OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]))
  AND ($3::pg_catalog.text[] IS NULL OR phase OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[]))
  AND ($4::bigint IS NULL OR worker_id OPERATOR(pg_catalog.=) $4::bigint)
  AND ($5::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.~~*) $5::pg_catalog.text)
  AND ($6::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.~~*) $6::pg_catalog.text
    OR operation OPERATOR(pg_catalog.~~*) $6::pg_catalog.text OR error_message OPERATOR(pg_catalog.~~*) $6::pg_catalog.text)
ORDER BY id ASC
LIMIT $7::int
