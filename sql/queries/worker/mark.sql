-- Writes the mark of an operation of this worker (domain/mark.ts).
-- $1 bigint  id                                            $2 bigint  worker
-- $3 text    the validation query with the mark            $4 text    the validation query as it was read, null for none
-- $5 text    start and $6 text seconds worked, as this process claimed it (fragments/reclaimed.sql); null if it has not
-- Returns no row if the operation is no longer this worker's, or another session changed its validation query.
UPDATE migration_control AS one
SET validation_query = $3::pg_catalog.text
FROM (
  SELECT $5::pg_catalog.text AS start, $6::pg_catalog.text AS worked
) AS held
WHERE id OPERATOR(pg_catalog.=) $1::bigint
  AND worker_id OPERATOR(pg_catalog.=) $2::bigint
  AND status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
  AND (validation_query OPERATOR(pg_catalog.=) $4::pg_catalog.text
    OR validation_query IS NULL AND $4::pg_catalog.text IS NULL)
  AND NOT
    -- include ../fragments/reclaimed.sql
RETURNING id
