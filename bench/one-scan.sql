-- The result of one scan of the table: the sums of the specification's monitoring queries, in one statement. PostgreSQL runs it
-- with parallel workers.
SELECT phase, table_name, status, batch_size,
  count(*) AS operations, sum(records_processed) AS records, max(total_records) AS total,
  min(started_at) AS first_start, max(completed_at) AS last_end,
  sum(date_part('epoch', completed_at - started_at)) AS seconds
FROM migration_control
GROUP BY phase, table_name, status, batch_size;
