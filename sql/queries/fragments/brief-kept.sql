-- The rows that a count in brief keeps with its sums: one of each kind, and the attempts (`attempts` of `rows_alike`), unless there are
-- too many (`bounded`); and `first_like` and `last_like` of `rows_alike`, if other operations have the name of a retry of these.
-- With that many of them, a source query is not one of a single work: range.sql tells them apart.
bounded AS MATERIALIZED (
  SELECT coalesce(pg_catalog.sum(pg_catalog.array_length(attempts, 1)), 0) OPERATOR(pg_catalog.<=) 4000 AS is_few FROM rows_alike
),
kept AS (
  SELECT 'evidence' AS kind, lowest_id AS id, phase, table_name, status FROM rows_alike WHERE has_records
  UNION ALL
  SELECT 'attempt', id, phase, table_name, status
  FROM rows_alike
  CROSS JOIN LATERAL (
    SELECT pg_catalog.unnest(attempts) AS id UNION SELECT first_like UNION SELECT last_like
  ) attempt
  WHERE id IS NOT NULL AND (SELECT is_few FROM bounded)
)
