-- Claims the oldest pending operation. Any number of workers may ask at once: a row that one of them is about to take is
-- passed over by the others, and one that was taken meanwhile is looked at again once it is locked, and left.
-- $1 text    phase, null for any      $2 text    table, null for any      $3 text  operation, null for any
-- $4 bigint  worker                   $5 text    the session's name up to the operation's id
-- Returns no row where nothing is pending.
-- What an earlier life of the row left behind is cleared: its end, its error and its start. The row starts now; where it
-- has records already, it starts as long before as it was worked at until it was put back (release.sql, or the end of a
-- failure that somebody put back), without the time in the queue.
WITH next AS (
  SELECT id
  FROM migration_control
  WHERE status OPERATOR(pg_catalog.=) 'pending'
    AND ($1::pg_catalog.text IS NULL OR phase OPERATOR(pg_catalog.=) $1::pg_catalog.text)
    AND ($2::pg_catalog.text IS NULL OR table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text)
    AND ($3::pg_catalog.text IS NULL OR operation OPERATOR(pg_catalog.=) $3::pg_catalog.text)
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
claimed AS (
  UPDATE migration_control AS operation
  SET status = 'running',
      worker_id = $4::bigint,
      completed_at = NULL,
      error_message = NULL,
      started_at = pg_catalog.clock_timestamp()::timestamp OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs => CASE
        -- The time that it was worked at before, so that its records are not taken for those of a moment.
        WHEN coalesce(operation.records_processed, 0) OPERATOR(pg_catalog.<=) 0 THEN 0
        WHEN operation.validation_query OPERATOR(pg_catalog.~) ' worked=[0-9]{1,9}([.][0-9]{1,6})? \*/$'
          THEN pg_catalog.substring(operation.validation_query, ' worked=([0-9]{1,9}(?:[.][0-9]{1,6})?) \*/$')::double precision
        WHEN pg_catalog.isfinite(operation.started_at::timestamp) AND pg_catalog.isfinite(operation.completed_at::timestamp)
          THEN greatest(0, pg_catalog.date_part('epoch',
            operation.completed_at::timestamp OPERATOR(pg_catalog.-) operation.started_at::timestamp))
        ELSE 0 END)
  FROM next
  WHERE operation.id OPERATOR(pg_catalog.=) next.id AND operation.status OPERATOR(pg_catalog.=) 'pending'
  RETURNING operation.*
)
SELECT
  pg_catalog.to_jsonb(claimed.*) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
    'started_at', pg_catalog.date_part('epoch', started_at::timestamp),
    'completed_at', pg_catalog.date_part('epoch', completed_at::timestamp)) AS body,
  pg_catalog.set_config('application_name', $5::pg_catalog.text OPERATOR(pg_catalog.||) id::pg_catalog.text, false) AS session
FROM claimed
