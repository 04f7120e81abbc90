-- When an attempt began and ended, null if that is unknown or infinite, and the ids of the operations that it repeats.
CASE WHEN pg_catalog.isfinite(started_at::timestamp) THEN started_at::timestamp END AS began,
CASE WHEN pg_catalog.isfinite(completed_at::timestamp) THEN completed_at::timestamp END AS ended,
ARRAY[
  -- include repeated-ids.sql
] AS repeated
