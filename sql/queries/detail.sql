-- One operation, the beginning of its texts, the other attempts at the same work: same phase, table and source query, and what its
-- worker began between them: up to six operations, if the attempts are not more than 10,000 ids apart.
-- The rest of a long text is read with text.sql.
-- $1 bigint  id
-- $2 text    which of several operations with that id: their digest of phase, table and operation, null for any
WITH chosen AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($2::pg_catalog.text IS NULL
      OR
        -- include fragments/identity.sql
        OPERATOR(pg_catalog.=) $2::pg_catalog.text)
),
attempts AS (
  SELECT attempt.*
  FROM chosen AS work
  CROSS JOIN LATERAL (
    SELECT
      -- include fragments/operation-columns.sql
    FROM migration_control
    WHERE table_name OPERATOR(pg_catalog.=) work.table_name
      AND phase OPERATOR(pg_catalog.=) work.phase
      AND id OPERATOR(pg_catalog.<>) work.id
      AND source_query OPERATOR(pg_catalog.=) work.source_query
  ) AS attempt
  ORDER BY attempt.id DESC
  LIMIT 20
),
bounds AS (
  SELECT pg_catalog.min(id) AS first, pg_catalog.max(id) AS last, pg_catalog.min(started_at) AS first_start,
    CASE WHEN pg_catalog.bool_or(started_at IS NULL) THEN 'infinity' ELSE pg_catalog.max(started_at) END AS last_start
  FROM (SELECT id, started_at FROM chosen UNION ALL SELECT id, started_at FROM attempts) AS known
),
between_them AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) (SELECT first FROM bounds)
    AND id OPERATOR(pg_catalog.<) (SELECT last FROM bounds)
    AND (SELECT last OPERATOR(pg_catalog.-) first FROM bounds) OPERATOR(pg_catalog.<=) 10000
    AND started_at OPERATOR(pg_catalog.>=) (SELECT first_start FROM bounds)
    AND started_at OPERATOR(pg_catalog.<=) (SELECT last_start FROM bounds)
    AND worker_id OPERATOR(pg_catalog.=) (SELECT worker_id FROM chosen LIMIT 1)
    AND id OPERATOR(pg_catalog.<>) ALL (SELECT id FROM attempts)
    AND id OPERATOR(pg_catalog.<>) ALL (SELECT id FROM chosen)
  ORDER BY id
  LIMIT 6
)
SELECT 'clock' AS kind, pg_catalog.json_build_object('now', pg_catalog.date_part('epoch', localtimestamp)) AS body
UNION ALL
SELECT 'operation',
  -- include fragments/operation-fields.sql
FROM chosen
UNION ALL
-- Replaces the cut texts of the operation. One character more than is shown is read, to see whether the text is longer.
SELECT 'texts', pg_catalog.json_build_object(
    'phase', pg_catalog.left(phase, 1000),
    'table_name', pg_catalog.left(table_name, 1000),
    'operation', pg_catalog.left(operation, 1000),
    'status', pg_catalog.left(status, 1000),
    'error_message', pg_catalog.left(error_message, 131073),
    'error_message_bytes', pg_catalog.octet_length(error_message),
    'source_query', pg_catalog.left(source_query, 131073),
    'source_query_bytes', pg_catalog.octet_length(source_query),
    'validation_query', pg_catalog.left(validation_query, 131073),
    'validation_query_bytes', pg_catalog.octet_length(validation_query))
FROM chosen
UNION ALL
SELECT 'attempt',
  -- include fragments/operation-fields.sql
FROM attempts
UNION ALL
SELECT 'between',
  -- include fragments/operation-fields.sql
FROM between_them
