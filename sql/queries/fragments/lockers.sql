-- The possible locks of other transactions in progress: on rows whose xmax is their number, and on rows of a table of which they have locked some.
lockers AS MATERIALIZED (
  SELECT transactionid::pg_catalog.text AS number, relation
  FROM pg_catalog.pg_locks
  WHERE granted AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    AND (locktype OPERATOR(pg_catalog.=) 'transactionid'
      OR locktype OPERATOR(pg_catalog.=) 'relation' AND mode OPERATOR(pg_catalog.=) 'RowShareLock')
)
