-- Error analysis: every failed operation, the newest first.
--
-- Of the first migration_control on the search path; for another one put its schema before the name in FROM. All else is
-- written in full, so that nothing is called that another role has made in a schema of the search path.
--
-- Mended, against the specification's query:
-- * The newest failure comes first by its end, or by its start where it has no end; operations with neither come last: NULL
--   sorts first in a descending order, and so hid the
--   newest failures.
-- * The id is shown, for it is what names the row to retry, and breaks ties, so that the order stays the same.

SELECT
  id,
  phase,
  table_name,
  operation,
  error_message,
  started_at,
  records_processed,
  total_records,
  worker_id
FROM migration_control
WHERE status OPERATOR(pg_catalog.=) 'failed'
ORDER BY coalesce(completed_at, started_at) DESC NULLS LAST, id DESC;
