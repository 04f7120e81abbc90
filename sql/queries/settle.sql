-- Whether an action whose answer was lost was applied. lock.sql has waited for the row earlier in the same transaction.
-- $1 text    the action's key              $2 bigint  the number of its transaction, null if unknown
-- $3 bigint  the operation's id
-- $4 text    its digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
-- `transaction` is 'committed', 'aborted' or 'in progress'; null if it is unknown or too old. `is_running`: whether a session
-- still runs it.
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
