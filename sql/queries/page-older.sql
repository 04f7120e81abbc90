-- Operations from an id downwards, newest first. They are found by the primary key: the last page takes no longer than the first.
-- $1 bigint  the highest id to read
-- $2 text[]  statuses, null for any          $3 text[] phases, null for any
-- $4 bigint  worker, null for any            $5 text   the table's name, as a LIKE pattern, null for any
-- $6 text    free text in table, operation or error, as a LIKE pattern, null for any
-- $7 int     maximum number of rows
SELECT 'operation' AS kind,
  -- include fragments/operation-fields.sql
  AS body
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.<=) $1::bigint
    AND ($2::pg_catalog.text[] IS NULL OR status OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]))
    AND ($3::pg_catalog.text[] IS NULL OR phase OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[]))
    AND ($4::bigint IS NULL OR worker_id OPERATOR(pg_catalog.=) $4::bigint)
    AND ($5::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.~~*) $5::pg_catalog.text)
    AND ($6::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.~~*) $6::pg_catalog.text
      OR operation OPERATOR(pg_catalog.~~*) $6::pg_catalog.text OR error_message OPERATOR(pg_catalog.~~*) $6::pg_catalog.text)
  ORDER BY id DESC
  LIMIT $7::int
) AS operations
ORDER BY id DESC
