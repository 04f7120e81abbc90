-- The possible effects of a skip of operations of several tables, for its dialog.
-- $1 text[]  the tables    $2 text[]  in a database of encoding SQL_ASCII, their names in latin-1 as hexadecimal digits
-- `open` is how many operations of these tables are pending, running or paused, at most 100001. `references` are the tables of
-- this database that have a foreign key to one of them, at most 6.
WITH names AS (
  SELECT
    -- include fragments/stored-names.sql
    AS stored
)
SELECT 'cost' AS kind, pg_catalog.json_build_object(
  'open', (
    SELECT pg_catalog.count(*)
    FROM (
      SELECT FROM migration_control
      WHERE table_name OPERATOR(pg_catalog.=) ANY ((SELECT names.stored FROM names)::pg_catalog.text[])
        AND status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
      LIMIT 100001
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
        AND (parent.relname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ((SELECT names.stored FROM names)::pg_catalog.text[])
          OR pg_catalog.concat(nspname, '.', parent.relname) OPERATOR(pg_catalog.=) ANY ((SELECT names.stored FROM names)::pg_catalog.text[]))
      ORDER BY 1
      LIMIT 6
    ) AS tables)
) AS body
