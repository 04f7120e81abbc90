-- How many records of a table are done (specification, "Resume Capability"), for domain/progress.ts to judge whether its
-- rows count per batch or cumulatively.
-- $1 text     phase: 'execution', or a validation's 1569 would pass for records that were migrated
-- $2 text     table
-- $3 boolean  whether only rows with the source query $4 count
-- $4 text     source query
-- $5 bigint   a row to leave out, null for none
SELECT pg_catalog.json_build_object(
    'summed', coalesce(pg_catalog.sum(records_processed::bigint), 0),
    'largest', pg_catalog.max(records_processed),
    'total', pg_catalog.max(total_records),
    'batch', pg_catalog.max(batch_size)) AS body
FROM migration_control
WHERE phase OPERATOR(pg_catalog.=) $1::pg_catalog.text
  AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
  AND (NOT $3::boolean OR source_query OPERATOR(pg_catalog.=) $4::pg_catalog.text
    OR source_query IS NULL AND $4::pg_catalog.text IS NULL)
  AND (id OPERATOR(pg_catalog.=) $5::bigint) IS NOT TRUE
