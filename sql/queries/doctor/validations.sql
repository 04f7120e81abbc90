-- The completed validations of some tables.
-- $1 text[]  the tables    $2 text[]  in a database of encoding SQL_ASCII, their names in latin-1 as hexadecimal digits
-- $3 int     maximum number of rows
WITH names AS (
  SELECT
    -- include ../fragments/stored-names.sql
    AS stored
)
SELECT 'validation' AS kind, pg_catalog.json_build_array(id, pg_catalog.left(table_name, 200), pg_catalog.left(operation, 200)) AS body
FROM migration_control
WHERE table_name OPERATOR(pg_catalog.=) ANY ((SELECT names.stored FROM names)::pg_catalog.text[]) AND phase OPERATOR(pg_catalog.=) 'validation'
  AND status OPERATOR(pg_catalog.=) 'completed'
LIMIT $3::int
