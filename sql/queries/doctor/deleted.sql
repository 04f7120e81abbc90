-- How many rows were deleted since the statistics were reset.
-- $1 oid  the table
SELECT 'deleted' AS kind, pg_catalog.json_build_object(
    'deleted', pg_catalog.pg_stat_get_tuples_deleted(oid),
    'since', (SELECT pg_catalog.to_char(stats_reset, 'YYYY-MM-DD HH24:MI') FROM pg_catalog.pg_stat_database
      WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) AS body
FROM pg_catalog.pg_class
WHERE oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
