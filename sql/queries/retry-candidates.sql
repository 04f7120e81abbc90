-- Rows that may be attempts of the same work as failed operations (domain/retry.ts), read through the index on table_name.
-- $1 bigint[] ids of the failed operations
-- $2 int      maximum number of rows of one source query, and of rows of other works that may have gone on with the same table
-- $3 int      maximum number of rows
-- $4 oid      the control table
-- Table names are compared as they are stored: one that was decoded for a list may be another text.
-- `body.by` says how the row was found: 'repeats' (also the failed ones themselves), 'query' or 'name'. The body of `top` is the highest id of the
-- table; null if a new row may have a lower one: the ids come from a sequence that does not count one by one, or that gives each session
-- several ids (CACHE).
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
      -- include fragments/repeated-ids.sql
    ]) AS repeated
    FROM migration_control
    WHERE table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT own.table_name FROM own))
      AND (pg_catalog.starts_with(operation, 'retry_batch_')
        OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
          AND pg_catalog.strpos(validation_query, ' repeats=') OPERATOR(pg_catalog.>) 0)
  ) rows
  WHERE repeated IS NOT NULL
),
-- The failed operations, what they repeat, and what repeats them.
linked (linked_id) AS (
  SELECT own.id FROM own
  UNION
  SELECT both_ways.to_id
  FROM linked
  JOIN (
    SELECT id AS from_id, repeated AS to_id FROM repeats UNION ALL SELECT repeated, id FROM repeats
  ) both_ways ON both_ways.from_id OPERATOR(pg_catalog.=) linked.linked_id
),
alike AS (
  SELECT id::bigint AS id, CASE WHEN source_query OPERATOR(pg_catalog.=) ANY (SELECT own.source_query FROM own)
    THEN pg_catalog.hashtext(source_query) END AS digest
  FROM migration_control
  WHERE table_name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT own.table_name FROM own))
    AND (source_query OPERATOR(pg_catalog.=) ANY (SELECT own.source_query FROM own)
      OR pg_catalog.strpos(pg_catalog.lower(operation), 'retry') OPERATOR(pg_catalog.>) 0
      OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND (pg_catalog.strpos(validation_query, ' repeats=') OPERATOR(pg_catalog.>) 0
          OR pg_catalog.strpos(validation_query, ' from=') OPERATOR(pg_catalog.>) 0
            AND pg_catalog.strpos(validation_query, ' of=operation') OPERATOR(pg_catalog.=) 0))
),
chosen AS MATERIALIZED (
  SELECT linked_id AS id, 'repeats' AS found_by FROM linked
  UNION ALL
  SELECT id, CASE WHEN digest IS NULL THEN 'name' ELSE 'query' END
  FROM (SELECT id, digest, pg_catalog.row_number() OVER (PARTITION BY digest ORDER BY id DESC) AS place FROM alike) placed
  WHERE place OPERATOR(pg_catalog.<=) $2::int
    AND NOT EXISTS (SELECT FROM linked WHERE linked_id OPERATOR(pg_catalog.=) placed.id)
)
SELECT 'top' AS kind, CASE WHEN EXISTS (
    SELECT
    FROM pg_catalog.pg_attribute AS ids
    LEFT JOIN pg_catalog.pg_attrdef ON adrelid OPERATOR(pg_catalog.=) attrelid AND adnum OPERATOR(pg_catalog.=) attnum
    JOIN pg_catalog.pg_sequence ON seqincrement OPERATOR(pg_catalog.<>) 1 OR seqcache OPERATOR(pg_catalog.<>) 1
    JOIN pg_catalog.pg_depend ON classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
        AND objid OPERATOR(pg_catalog.=) seqrelid
        AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
        AND refobjid OPERATOR(pg_catalog.=) attrelid AND refobjsubid OPERATOR(pg_catalog.=) attnum
      OR classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid
        AND objid OPERATOR(pg_catalog.=) pg_attrdef.oid
        AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
        AND refobjid OPERATOR(pg_catalog.=) seqrelid
    WHERE attrelid OPERATOR(pg_catalog.=) $4::pg_catalog.oid AND attname OPERATOR(pg_catalog.=) 'id'
  ) THEN NULL ELSE pg_catalog.to_json((SELECT pg_catalog.max(id)::bigint FROM migration_control)) END AS body
UNION ALL
(SELECT 'candidate', pg_catalog.json_build_object(
    'by', chosen.found_by,
    'id', rows.id,
    'phase', phase::pg_catalog.text,
    'table_name', table_name::pg_catalog.text,
    'operation', operation::pg_catalog.text,
    'status', status::pg_catalog.text,
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
  )
FROM (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT chosen.id FROM chosen))
) rows
JOIN chosen ON chosen.id OPERATOR(pg_catalog.=) rows.id
ORDER BY rows.id DESC
LIMIT $3::int)
