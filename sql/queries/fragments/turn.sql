-- Whether it is this session's turn to count, and how many sessions of migtop there are. Without its turn it reads no rows.
turn AS MATERIALIZED (
  SELECT CASE WHEN $7::bigint IS NULL THEN true ELSE pg_catalog.pg_try_advisory_xact_lock($7::bigint) END AS is_mine,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
      WHERE application_name OPERATOR(pg_catalog.=) 'migtop'
        AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AS sessions
)
