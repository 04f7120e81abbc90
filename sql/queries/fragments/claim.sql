-- Values that a later statement compares to find out whether another process has claimed the operation since (reclaimed.sql).
pg_catalog.jsonb_build_array(id, coalesce(started_at::timestamp, '-infinity'::timestamp),
  coalesce(pg_catalog.substring(validation_query, ' worked=([0-9]+(?:[.][0-9]*[1-9])?)[.]?0* [*]/$'), ''))
