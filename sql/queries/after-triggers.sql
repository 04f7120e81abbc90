-- The row of an operation after transition.sql and its triggers, in the same transaction.
-- $1 bigint  id                              $2 text     the status that the transition set
-- $3 text    its digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
-- `kept` is true if a trigger set another status: confirm.sql then rolls the transaction back.
SELECT status, kept, pg_catalog.set_config('migtop.kept', CASE WHEN kept THEN 'on' ELSE 'off' END, true) AS noted
FROM (
  SELECT
    pg_catalog.left(pg_catalog.min(status), 200) AS status,
    CASE
      WHEN pg_catalog.current_setting('migtop.outcome', true) OPERATOR(pg_catalog.=) 'kept' THEN true
      WHEN pg_catalog.current_setting('migtop.outcome', true) OPERATOR(pg_catalog.=) 'applied'
        THEN coalesce(pg_catalog.min(status) OPERATOR(pg_catalog.<>) $2::pg_catalog.text, true)
      ELSE false END AS kept
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($3::pg_catalog.text IS NULL
      OR
        -- include fragments/identity.sql
        OPERATOR(pg_catalog.=) $3::pg_catalog.text)
) AS row
