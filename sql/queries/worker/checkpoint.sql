-- How many records of a table are done (specification, "Resume Capability"), for domain/progress.ts to judge whether its
-- rows count per batch or cumulatively.
-- $1 text     phase: 'execution', or a validation's 1569 would pass for records that were migrated
-- $2 text     table
-- $3 boolean  whether only rows with the source query $4 count
-- $4 text     source query
-- $5 bigint   a row to leave out, null for none
SELECT json_build_object(
    'summed', coalesce(sum(records_processed::bigint), 0),
    'largest', max(records_processed),
    'total', max(total_records),
    'batch', max(batch_size)) AS body
FROM migration_control
WHERE phase = $1::text
  AND table_name = $2::text
  AND (NOT $3::boolean OR source_query IS NOT DISTINCT FROM $4::text)
  AND id IS DISTINCT FROM $5::bigint
