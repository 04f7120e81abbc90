-- The completed execution batches by batch size, as throughput.sql returns them, with whole microseconds.
SELECT 'batches', pg_catalog.json_build_array(pg_catalog.left(table_name, 200), batch_size, batches, timed,
    LEAST(duration, 9007199254740991), LEAST(counted, 9007199254740991),
    records, lowest, highest)
FROM (
  SELECT table_name, batch_size, pg_catalog.sum(operations) AS batches,
    coalesce(pg_catalog.sum(operations) FILTER (WHERE is_short), 0) AS timed,
    pg_catalog.sum(micros) AS duration,
    pg_catalog.sum(micros) FILTER (WHERE has_counter) AS counted,
    pg_catalog.sum(records) FILTER (WHERE is_short AND has_records) AS records,
    pg_catalog.min(lowest) FILTER (WHERE is_short AND has_records) AS lowest,
    pg_catalog.max(highest) FILTER (WHERE is_short AND has_records) AS highest
  FROM (
    SELECT table_name, batch_size, operations, micros, records, lowest, highest, has_counter, has_records,
      span OPERATOR(pg_catalog.>) 0 AND span OPERATOR(pg_catalog.<) 3 AS is_short
    FROM rows_alike
    WHERE phase OPERATOR(pg_catalog.=) 'execution' AND status OPERATOR(pg_catalog.=) 'completed' AND is_ended
  ) completed
  GROUP BY table_name, batch_size
) sized
