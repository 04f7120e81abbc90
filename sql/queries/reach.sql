-- Where the next id range of a number of rows ends, found along the key.
-- $1 bigint  only ids above this     $2 bigint  how many rows
SELECT pg_catalog.max(id)::pg_catalog.text AS last
FROM (
  SELECT id FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint
  ORDER BY id
  LIMIT $2::bigint
) AS next
