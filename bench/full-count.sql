-- Every row of the table, counted: what the monitor's totals are held against.
SELECT
  phase,
  table_name,
  status,
  count(*)::int AS operations,
  coalesce(sum(records_processed::bigint), 0)::float8 AS records
FROM migration_control
GROUP BY phase, table_name, status
