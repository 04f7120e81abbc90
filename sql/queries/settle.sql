-- Whether an action whose answer was lost was made. lock.sql has waited for the row before, in the same transaction.
-- $1 text    the action's key              $2 bigint  the number of its transaction, null where that is not known
-- $3 bigint  the operation's id
-- $4 text    what it must be: md5 of phase, table and operation as the polls read it, null for whatever has the id
-- `transaction` is 'committed', 'aborted' or 'in progress', null where it is not known or long past; `is_running` tells
-- whether a session still works on it.
SELECT
  pg_catalog.txid_status($2::bigint) AS transaction,
  EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity
    WHERE state OPERATOR(pg_catalog.=) 'active'
      AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
      AND pg_catalog.strpos(query, $1::pg_catalog.text) OPERATOR(pg_catalog.>) 0
  ) AS is_running,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at,
  pg_catalog.left(pg_catalog.min(status), 200) AS status,
  pg_catalog.min(xmin::pg_catalog.text) AS version
FROM migration_control
WHERE id OPERATOR(pg_catalog.=) $3::bigint
  AND ($4::pg_catalog.text IS NULL
    OR
      -- include fragments/identity.sql
      OPERATOR(pg_catalog.=) $4::pg_catalog.text)
