-- The possible effects of a skip of one operation, for its dialog.
-- $1 bigint  id
-- Table names are compared as they are stored: one that was decoded for a list may be another text.
-- `open` is how many other operations of the table are pending, running or paused, at most 1001. `references` are the tables of
-- this database that have a foreign key to a table of that name, at most 6.
WITH own AS (
  SELECT table_name::pg_catalog.text FROM migration_control WHERE id OPERATOR(pg_catalog.=) $1::bigint LIMIT 1
)
SELECT 'cost' AS kind, pg_catalog.json_build_object(
  'open', (
    SELECT pg_catalog.count(*)
    FROM (
      SELECT FROM migration_control
      WHERE table_name OPERATOR(pg_catalog.=) (SELECT own.table_name FROM own)
        AND status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
        AND id OPERATOR(pg_catalog.<>) $1::bigint
      LIMIT 1001
    ) AS others),
  'references', (
    SELECT coalesce(pg_catalog.json_agg(name ORDER BY name), '[]'::pg_catalog.json)
    FROM (
      SELECT DISTINCT child.relname::pg_catalog.text AS name
      FROM pg_catalog.pg_constraint
      JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) confrelid
      JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) parent.relnamespace
      JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) conrelid
      WHERE contype OPERATOR(pg_catalog.=) 'f'
        AND conrelid OPERATOR(pg_catalog.<>) confrelid
        AND (parent.relname::pg_catalog.text OPERATOR(pg_catalog.=) (SELECT own.table_name FROM own)
          OR pg_catalog.concat(nspname, '.', parent.relname) OPERATOR(pg_catalog.=) (SELECT own.table_name FROM own))
      ORDER BY 1
      LIMIT 6
    ) AS tables)
) AS body
