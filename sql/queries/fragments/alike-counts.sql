-- The sums of each phase, table, status and side, from those of rows that are alike (`rows_alike`).
SELECT 'count' AS kind, pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
    pg_catalog.left(status, 200),
    -- include count-names.sql
    , lowest_id::pg_catalog.text) AS body
FROM (
  SELECT phase, table_name, status, is_side, pg_catalog.min(lowest_id) AS lowest_id,
    -- include count-parts.sql
  FROM rows_alike
  GROUP BY phase, table_name, status, is_side
) figures
