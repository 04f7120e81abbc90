-- The triggers of the table's owner that an action runs, also those of a partition or a child, except sql/options/guard.sql.
-- $1 text  the table as the user named it, resolved as SQL resolves a name
WITH RECURSIVE relations AS (
  SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid AS oid
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN relations ON inhparent OPERATOR(pg_catalog.=) relations.oid
)
SELECT pg_catalog.array_agg(DISTINCT tgname ORDER BY tgname)::pg_catalog.text[] AS triggers
FROM pg_catalog.pg_trigger
WHERE tgrelid OPERATOR(pg_catalog.=) ANY (SELECT oid FROM relations)
  AND NOT tgisinternal
  AND tgenabled OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A'])
  AND (tgtype::integer OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.<>) 0
  AND (pg_catalog.cardinality(tgattr::pg_catalog.int2[]) OPERATOR(pg_catalog.=) 0 OR EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid OPERATOR(pg_catalog.=) tgrelid AND attnum OPERATOR(pg_catalog.=) ANY (tgattr)
      AND attname OPERATOR(pg_catalog.=) ANY (ARRAY['status', 'completed_at'])))
