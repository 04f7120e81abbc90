-- The same as transition.sql for a database with an audit table: one statement changes the operation and records who did it,
-- so that neither exists without the other. An action that came too late is recorded too.
-- $1 bigint  id                              $2 text     the status that it must have
-- $3 text    the new status                  $4 text     the version (xmin) that it must have, null for any
-- $5 text    completed_at: 'keep', 'set' (unless the operation has ended already) or 'clear'. An open operation has no end:
--            a skip replaces an end that the row had from an earlier run, and undoing a skip clears it.
-- $6 text    its digest of phase, table and operation, null for any operation with this id
-- $7 float8  nothing is written after this time, in seconds; null for no limit. A message may arrive late.
-- $8 oid     the control table
-- $9 text    action: pause, resume, ...      $10 text    the operator's user name, null for unknown
-- $11 text   their machine, null for unknown $12 text    the program and its version, null for unknown
-- $13 text   the operator's reason, null for none
-- $14 uuid   the action's key                $15 text    the name of the control table
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version (sql/options/audit.sql).
-- Returns one row. `outcome` is one of:
--   applied         the row has the new status
--   stale           it no longer has the status or the version
--   changed         the id belongs to another operation now (`other`)
--   gone            there is no such row; `gone or hidden` if row-level security may hide it
--   repeated        more than one row is this operation (`rows`)
--   hidden          a policy shows the row, but hides it from an UPDATE
--   kept            a trigger dropped the change, or set another `status`
-- `status` and `version` are those of the row now. An undo needs `had_completed_at`. `at` is the time of the database, in
-- seconds since 1970.
-- include fragments/compare-and-set.sql
, recorded AS (
  -- include fragments/audit-columns.sql
  SELECT
    $14::pg_catalog.uuid, $8::pg_catalog.oid, $15::pg_catalog.text, -- version 2
    $6::pg_catalog.text, -- version 3
    pg_catalog.left($10::pg_catalog.text, 200), pg_catalog.left($11::pg_catalog.text, 200),
    pg_catalog.left($12::pg_catalog.text, 200), $9::pg_catalog.text, $1::bigint, $2::pg_catalog.text, $3::pg_catalog.text,
    status, pg_catalog.left($13::pg_catalog.text, 4000), outcome
  FROM result
  RETURNING 1
)
SELECT result.*,
  -- A trigger may drop the audit's row. The text, which is not a number, then raises an error with that message.
  CASE WHEN (SELECT pg_catalog.count(*) FROM recorded) OPERATOR(pg_catalog.=) 1
    THEN pg_catalog.set_config('migtop.outcome', outcome, true)
    ELSE pg_catalog.concat('the audit table has taken ', (SELECT pg_catalog.count(*) FROM recorded), ' rows')::integer
      ::pg_catalog.text
  END AS noted
FROM result
