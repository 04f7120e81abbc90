-- Reads one operation and the rows of its phase and table that may be attempts of the same work (domain/lineage.ts), each with
-- its version (xmin). Also reads the rows of the phase that undoes its records (domain/undone.ts).
-- $1 bigint  id
SELECT
  -- include ../fragments/row-of-table.sql
  OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('validation_query', one.validation_query) AS body,
  one.xmin::pg_catalog.text AS version
FROM migration_control AS own
JOIN migration_control AS one ON one.table_name OPERATOR(pg_catalog.=) own.table_name
WHERE own.id OPERATOR(pg_catalog.=) $1::bigint
  AND (one.phase OPERATOR(pg_catalog.=) own.phase AND (one.id OPERATOR(pg_catalog.=) own.id
      OR own.source_query IS NOT NULL AND one.source_query IS NOT NULL
      OR one.validation_query OPERATOR(pg_catalog.~) ' counts=own[^*]* [*]/$')
    OR own.phase OPERATOR(pg_catalog.=) 'execution' AND one.phase OPERATOR(pg_catalog.=) 'rollback'
    OR own.phase OPERATOR(pg_catalog.=) 'rollback' AND one.phase OPERATOR(pg_catalog.=) 'execution')
ORDER BY one.id
