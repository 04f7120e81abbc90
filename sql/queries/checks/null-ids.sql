-- Rows without an id, if no constraint forbids them; a UNIQUE constraint allows any number. An index on the id finds them.
SELECT pg_catalog.concat(
    CASE WHEN rows OPERATOR(pg_catalog.=) 1 THEN '1 row has'
      WHEN rows OPERATOR(pg_catalog.<) 1000 THEN pg_catalog.concat(rows, ' rows have')
      ELSE '1000 rows or more have' END,
    ' no id (NULL): counted, but in no list, and out of reach of actions') AS note,
  -- A row without an id is in no id range: only a count of all rows finds it.
  false AS is_followable
FROM (
  SELECT pg_catalog.count(*)::integer AS rows
  FROM (
    SELECT FROM migration_control WHERE id IS NULL AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute
      WHERE attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND attname OPERATOR(pg_catalog.=) 'id' AND attnotnull)
    LIMIT 1000
  ) AS found
) AS counted
WHERE rows OPERATOR(pg_catalog.>) 0
