-- Operations from an id on, oldest first, with their texts: as many as fit into $3 bytes of texts, but at least one.
-- The condition of a filter, with its parameters, replaces the one marked as filter (source/database/filter-sql.ts).
-- $1 bigint  the lowest id to read
-- $2 bigint  the highest id to read
-- $3 bigint  maximum bytes of the texts of all rows
-- $4 int     maximum characters of one text
-- $5 int     maximum number of rows
SELECT 'operation' AS kind, pg_catalog.json_build_object(
    -- Numbers as text: a number of JSON above 2^53 is not exact, and numeric and float8 have values that are no numbers of JSON.
    'id', id::pg_catalog.text,
    'phase', pg_catalog.left(phase, $4::int),
    'table_name', pg_catalog.left(table_name, $4::int),
    'operation', pg_catalog.left(operation, $4::int),
    'status', pg_catalog.left(status, $4::int),
    'records_processed', records_processed::pg_catalog.text,
    'total_records', total_records::pg_catalog.text,
    -- JSON has timestamps in ISO 8601, whatever the session's DateStyle is.
    'started_at', started_at::pg_catalog.timestamp,
    'completed_at', completed_at::pg_catalog.timestamp,
    'error_message', pg_catalog.left(error_message, $4::int),
    'batch_size', batch_size::pg_catalog.text,
    'worker_id', worker_id::pg_catalog.text,
    'source_query', pg_catalog.left(source_query, $4::int),
    'validation_query', pg_catalog.left(validation_query, $4::int),
    -- A text has at least as many bytes as characters: the length of a short one is not computed.
    'is_cut', longest OPERATOR(pg_catalog.>) $4::int AND greatest(pg_catalog.length(phase), pg_catalog.length(table_name),
      pg_catalog.length(operation), pg_catalog.length(status), pg_catalog.length(error_message),
      pg_catalog.length(source_query), pg_catalog.length(validation_query)) OPERATOR(pg_catalog.>) $4::int) AS body
FROM (
  SELECT rows.*,
    pg_catalog.rank() OVER (ORDER BY id) AS number,
    -- Rows with the same id are in one page: the next one begins above it.
    pg_catalog.sum(text_bytes) OVER (ORDER BY id) AS bytes
  FROM (
    SELECT
      -- include fragments/operation-columns.sql
      , coalesce(pg_catalog.octet_length(table_name), 0) OPERATOR(pg_catalog.+)
        coalesce(pg_catalog.octet_length(operation), 0) OPERATOR(pg_catalog.+)
        coalesce(pg_catalog.octet_length(error_message), 0) OPERATOR(pg_catalog.+)
        coalesce(pg_catalog.octet_length(source_query), 0) OPERATOR(pg_catalog.+)
        coalesce(pg_catalog.octet_length(validation_query), 0) AS text_bytes,
      greatest(pg_catalog.octet_length(phase), pg_catalog.octet_length(table_name), pg_catalog.octet_length(operation),
        pg_catalog.octet_length(status), pg_catalog.octet_length(error_message), pg_catalog.octet_length(source_query),
        pg_catalog.octet_length(validation_query)) AS longest
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.>=) $1::bigint
      AND id OPERATOR(pg_catalog.<=) $2::bigint
      AND true /* filter */
    ORDER BY id
    LIMIT $5::int
  ) AS rows
) AS sized
WHERE bytes OPERATOR(pg_catalog.<=) $3::bigint OR number OPERATOR(pg_catalog.=) 1
ORDER BY id
