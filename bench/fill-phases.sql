-- Inserts a completed operation of discovery, planning and mapping for each of the 200 tables, and one of validation for the
-- first 150.
-- $1 timestamp  now
INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
  completed_at, worker_id, source_query, validation_query)
SELECT
  phase,
  'legacy_table_' || lpad(number::text, 3, '0'),
  operation,
  'completed',
  counted,
  1000 + number * 37,
  $1::timestamp - before + number * interval '15 seconds',
  $1::timestamp - before + number * interval '15 seconds' + interval '5 seconds',
  1,
  'SELECT COUNT(*) FROM legacy_table_' || lpad(number::text, 3, '0'),
  CASE WHEN phase = 'validation' THEN 'SELECT COUNT(*) FROM table_' || lpad(number::text, 3, '0') END
FROM (
  VALUES
    (1, 'discovery', 'table_analysis', 200, 0, interval '5 days 3 hours'),
    (2, 'planning', 'migration_strategy', 200, 0, interval '5 days 2 hours'),
    (3, 'mapping', 'column_mapping', 200, 0, interval '5 days 1 hour'),
    (4, 'validation', 'count_verification', 150, 1000, interval '1 hour')
) AS phases (position, phase, operation, tables, counted, before),
  generate_series(0, tables - 1) AS number
ORDER BY position, number
