-- The table and its partitions with their files. A table that was created again has another oid; TRUNCATE, VACUUM FULL and a restore give
-- a table other files.
-- $1 text  the table's name
WITH RECURSIVE relations AS (
  SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid AS oid
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN relations ON inhparent OPERATOR(pg_catalog.=) relations.oid
)
SELECT 'file' AS kind, pg_catalog.json_build_array(oid::pg_catalog.text, pg_catalog.pg_relation_filenode(oid)::pg_catalog.text) AS body
FROM relations
WHERE oid IS NOT NULL
