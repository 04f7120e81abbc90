-- The constraints and indexes of the table, its size, and the columns that may be null.
-- $1 oid  the table
SELECT 'structure' AS kind, pg_catalog.json_build_object(
    'rows', GREATEST(reltuples::bigint, 0),
    'bytes', CASE WHEN relkind OPERATOR(pg_catalog.=) 'r' THEN pg_catalog.pg_relation_size(pg_class.oid) ELSE 0 END,
    'is_partitioned', relkind OPERATOR(pg_catalog.=) 'p',
    'has_key', EXISTS (
      SELECT FROM pg_catalog.pg_constraint
      WHERE conrelid OPERATOR(pg_catalog.=) pg_class.oid AND contype OPERATOR(pg_catalog.=) 'p'),
    'nullable', (
      SELECT pg_catalog.json_agg(attname ORDER BY attnum)
      FROM pg_catalog.pg_attribute
      WHERE attrelid OPERATOR(pg_catalog.=) pg_class.oid AND NOT attnotnull
        AND attname OPERATOR(pg_catalog.=) ANY (ARRAY['phase', 'table_name', 'operation', 'status']::pg_catalog.name[])),
    'checked', (
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object('column', attname, 'name', conname, 'is_valid', convalidated))
      FROM pg_catalog.pg_constraint
      JOIN pg_catalog.pg_attribute ON attrelid OPERATOR(pg_catalog.=) conrelid AND attnum OPERATOR(pg_catalog.=) conkey[1]
      WHERE conrelid OPERATOR(pg_catalog.=) pg_class.oid AND contype OPERATOR(pg_catalog.=) 'c'
        AND pg_catalog.array_length(conkey, 1) OPERATOR(pg_catalog.=) 1),
    'indexed', (
      SELECT pg_catalog.json_agg(DISTINCT attname::pg_catalog.text)
      FROM pg_catalog.pg_index
      JOIN pg_catalog.pg_attribute ON attrelid OPERATOR(pg_catalog.=) indrelid AND attnum OPERATOR(pg_catalog.=) indkey[0]
      WHERE indrelid OPERATOR(pg_catalog.=) pg_class.oid AND indisvalid AND indpred IS NULL),
    'invalid', (
      SELECT pg_catalog.json_agg(pg_catalog.concat(pg_catalog.quote_ident(nspname), '.', pg_catalog.quote_ident(relation.relname)))
      FROM pg_catalog.pg_index
      JOIN pg_catalog.pg_class AS relation ON relation.oid OPERATOR(pg_catalog.=) indexrelid
      JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relation.relnamespace
      WHERE indrelid OPERATOR(pg_catalog.=) pg_class.oid AND NOT indisvalid)) AS body
FROM pg_catalog.pg_class
WHERE oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog."char"[])
