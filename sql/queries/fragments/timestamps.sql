-- The timestamps of a row as seconds, for the row as JSON (source/worker/operation.ts).
pg_catalog.jsonb_build_object(
  'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
  'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp))
