-- A window of one long text of an operation, for the detail view.
-- $1 bigint  id
-- $2 text    which one: error_message, source_query or validation_query
-- $3 bigint  how many characters precede the window; null for the last window
-- $4 bigint  maximum number of characters, a multiple of a chunk     $5 bigint  number of characters in a chunk
-- $6 text    its digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
WITH chosen AS (
  SELECT xmin::pg_catalog.text AS version,
    CASE
      WHEN $2::pg_catalog.text OPERATOR(pg_catalog.=) 'error_message' THEN error_message
      WHEN $2::pg_catalog.text OPERATOR(pg_catalog.=) 'source_query' THEN source_query
      WHEN $2::pg_catalog.text OPERATOR(pg_catalog.=) 'validation_query' THEN validation_query
    END AS value
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($6::pg_catalog.text IS NULL
      OR
        -- include fragments/identity.sql
        OPERATOR(pg_catalog.=) $6::pg_catalog.text)
),
-- The last window ends with the last chunk, which may be shorter than the others.
place AS (
  SELECT version, value, CASE
      WHEN $3::bigint IS NOT NULL THEN $3::bigint
      ELSE ((pg_catalog.char_length(value) OPERATOR(pg_catalog.+) $5::bigint OPERATOR(pg_catalog.-) 1)
        OPERATOR(pg_catalog./) $5::bigint) OPERATOR(pg_catalog.*) $5::bigint OPERATOR(pg_catalog.-) $4::bigint
    END AS start
  FROM chosen
),
stretch AS (
  SELECT version, value, CASE WHEN start OPERATOR(pg_catalog.>) 0 THEN start ELSE 0 END AS start
  FROM place
)
SELECT 'text' AS kind, pg_catalog.json_build_object(
    'version', version,
    'start', start,
    'bytes', pg_catalog.octet_length(value),
    'text', pg_catalog.substr(value, (start OPERATOR(pg_catalog.+) 1)::integer,
      ($4::bigint OPERATOR(pg_catalog.+) 1)::integer)) AS body
FROM stretch
