-- Finds the last id of the next id range of a given number of rows, by the key; all rows of its last id are in it.
-- $1 bigint  only ids above this     $2 bigint  how many rows     $3 boolean  whether to find the highest id too
SELECT pg_catalog.max(id)::pg_catalog.text AS last,
  CASE WHEN $3::boolean THEN (SELECT pg_catalog.max(id)::pg_catalog.text FROM migration_control) END AS highest
FROM (
  SELECT id FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint
  ORDER BY id
  LIMIT $2::bigint
) AS next
