-- The compare-and-set of move.sql, for where there is a migtop_audit: the same result, and the row that says who did it, in
-- one statement, so that neither is ever there without the other. An action that came too late is recorded too.
-- $1 bigint  id                              $2 text     the status it must have
-- $3 text    the status it gets              $4 text     the version (xmin) it must have, null for any
-- $5 text    completed_at: 'keep', 'stamp' (now, except where the operation has ended already) or 'clear'. An open
--            operation has no end: a skip replaces one that an earlier life of the row left, and undoing a skip clears it.
-- $6 text    action: pause, resume, ...      $7 text     the operator's name on their machine, null for unknown
-- $8 text    that machine, null for unknown  $9 text     the program and its version, null for unknown
-- $10 text   the operator's reason, null for none
-- $11 text   what it must be: md5 of phase, table and operation as the polls bring it, null for whatever has the id
-- $12 uuid   the action's key             $13 oid    the control table, and $14 text its name
-- Lines that end with `version 2` are left out for an audit table of version 1 (sql/options/audit.sql).
-- Returns no row: gone. `moved` false: `status` and `version` say what it is now. `had_completed_at` is what undo needs;
-- `at` is the database's clock, in seconds as the polls have it.
-- Where a trigger of the owner's kept the status, `moved` is false and the recorded outcome is `kept`.
WITH target AS (
  SELECT id, status, completed_at, xmin::pg_catalog.text AS version
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($11::pg_catalog.text IS NULL
      OR pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12)
        OPERATOR(pg_catalog.=) $11::pg_catalog.text)
  FOR UPDATE
),
written AS (
  UPDATE migration_control AS operation
  SET status = $3::pg_catalog.text,
      completed_at = CASE
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'stamp'
          THEN CASE WHEN target.status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed', 'skipped'])
              THEN coalesce(operation.completed_at, pg_catalog.clock_timestamp()::timestamp)
            ELSE pg_catalog.clock_timestamp()::timestamp END
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'clear'
          OR $2::pg_catalog.text OPERATOR(pg_catalog.=) 'skipped'
            AND $3::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'paused', 'running']) THEN NULL
        ELSE operation.completed_at END
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND target.status OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND ($4::pg_catalog.text IS NULL OR target.version OPERATOR(pg_catalog.=) $4::pg_catalog.text)
  RETURNING operation.id, operation.status, operation.xmin::pg_catalog.text AS version
),
result AS (
  SELECT
    CASE
      WHEN target.id IS NULL THEN 'gone'
      WHEN written.id IS NULL THEN 'stale'
      WHEN written.status OPERATOR(pg_catalog.=) $3::pg_catalog.text THEN 'applied'
      ELSE 'kept' END AS outcome,
    pg_catalog.left(coalesce(written.status, target.status), 200) AS status,
    coalesce(written.version, target.version) AS version,
    target.completed_at IS NOT NULL AS had_completed_at
  FROM (SELECT) AS asked LEFT JOIN target ON true LEFT JOIN written ON true
),
recorded AS (
  INSERT INTO migtop_audit
    (
      action_key, table_oid, control_table, -- version 2
      os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome
    )
  SELECT
    $12::pg_catalog.uuid, $13::pg_catalog.oid, $14::pg_catalog.text, -- version 2
    pg_catalog.left($7::pg_catalog.text, 200), pg_catalog.left($8::pg_catalog.text, 200),
    pg_catalog.left($9::pg_catalog.text, 200), $6::pg_catalog.text, $1::bigint, $2::pg_catalog.text, $3::pg_catalog.text,
    status, pg_catalog.left($10::pg_catalog.text, 4000), outcome
  FROM result
)
SELECT outcome OPERATOR(pg_catalog.=) 'applied' AS moved, status, version, had_completed_at,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at
FROM result
WHERE outcome OPERATOR(pg_catalog.<>) 'gone'
