-- Which of some operations pass a filter, by their whole texts.
-- The condition of a filter, with its parameters, replaces the one marked as filter (source/database/filter-sql.ts).
-- $1 bigint[]  ids
SELECT 'id' AS kind, pg_catalog.json_build_object('id', id) AS body
FROM migration_control
WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
  AND true /* filter */
