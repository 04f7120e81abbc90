-- Rows that may be attempts of the same work as failed operations (domain/retry.ts), read through the index on table_name.
-- $1 bigint[] ids of the failed operations
-- $2 int      maximum number of rows of one source query, and of rows of other works that may have gone on with the same table
-- $3 int      maximum number of rows
-- Table names are compared as they are stored: one that was decoded for a list may be another text.
-- `body.by` says how the row was found: 'id', 'repeats', 'query' or 'name'.
WITH RECURSIVE own AS (
  SELECT id::bigint AS id, table_name::pg_catalog.text, source_query
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
-- Which row repeats which, by the mark of the worker library or by its name.
repeats AS MATERIALIZED (
  SELECT id, repeated::bigint AS repeated
  FROM (
    SELECT id::bigint AS id, pg_catalog.unnest(ARRAY[
      pg_catalog."substring"(operation, '^retry_batch_([0-9]{1,16})$'),
      CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        THEN pg_catalog."substring"(validation_query, '/[*] migtop run=[^*]* repeats=(-?[0-9]{1,16})[^*]*[*]/$') END
    ]) AS repeated
    FROM migration_control
    WHERE table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT own.table_name FROM own))
  ) rows
  WHERE repeated IS NOT NULL
),
-- The failed operations, what they repeat, and what repeats them.
linked (id) AS (
  SELECT own.id FROM own
  UNION
  SELECT both_ways.to_id
  FROM linked
  JOIN (
    SELECT id AS from_id, repeated AS to_id FROM repeats UNION ALL SELECT repeated, id FROM repeats
  ) both_ways ON both_ways.from_id OPERATOR(pg_catalog.=) linked.id
),
candidates AS (
  SELECT
    -- include fragments/operation-columns.sql
    ,
    CASE
      WHEN id OPERATOR(pg_catalog.=) ANY ($1::bigint[]) THEN 'id'
      WHEN id::bigint OPERATOR(pg_catalog.=) ANY (SELECT linked.id FROM linked) THEN 'repeats'
      WHEN source_query OPERATOR(pg_catalog.=) ANY (SELECT own.source_query FROM own) THEN 'query'
      WHEN operation OPERATOR(pg_catalog.~*) 'retry'
        OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
          AND validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]*( repeats=|( from=[0-9]+( of=table)?( worked=[0-9.]+)? [*]/$))'
        THEN 'name' END AS found_by
  FROM migration_control
  WHERE table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT own.table_name FROM own))
),
numbered AS (
  SELECT candidates.*, pg_catalog.row_number() OVER (
    PARTITION BY found_by, CASE WHEN found_by OPERATOR(pg_catalog.=) 'query' THEN pg_catalog.hashtext(source_query) END ORDER BY id DESC) AS place
  FROM candidates
  WHERE found_by IS NOT NULL
)
SELECT 'candidate' AS kind, pg_catalog.json_build_object(
    'by', found_by,
    'id', id,
    'phase', phase,
    'table_name', table_name,
    'operation', operation,
    'status', status,
    'records_processed', records_processed,
    'total_records', total_records,
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp),
    'error_message', NULL,
    'batch_size', batch_size,
    'worker_id', worker_id,
    'source_query', source_query,
    'validation_query', pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'),
    'version', version,
    'identity',
    -- include fragments/identity.sql
  ) AS body
FROM numbered
WHERE found_by OPERATOR(pg_catalog.=) ANY (ARRAY['id', 'repeats']) OR place OPERATOR(pg_catalog.<=) $2::int
ORDER BY id DESC
LIMIT $3::int
