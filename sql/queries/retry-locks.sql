-- Lets one session at a time add operations to each of these phases and tables, as the worker library does (worker/retry.sql,
-- worker/join.sql), until the transaction ends.
-- $1 bigint[] ids of the operations to retry
SELECT pg_catalog.count(*) AS locks, pg_catalog.bool_and(taken) AS taken
FROM (
  SELECT pg_catalog.pg_advisory_xact_lock(key) IS NOT NULL AS taken
  FROM (
    SELECT DISTINCT pg_catalog.hashtextextended('migtop ' OPERATOR(pg_catalog.||) phase::pg_catalog.text
      OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) table_name::pg_catalog.text, 0) AS key
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    ORDER BY 1
  ) AS keys
) AS locks
