-- The compare-and-set of move.sql, for where there is a migtop_audit: the same result, and the row that says who did it, in
-- one statement, so that neither is ever there without the other. An action that came too late is recorded too.
-- $1 bigint  id                              $2 text     the status it must have
-- $3 text    the status it gets              $4 text     the version (xmin) it must have, null for any
-- $5 text    completed_at: 'keep', 'stamp' (now, where it is empty) or 'clear'
-- $6 text    action: pause, resume, ...      $7 text     the operator's name on their machine, null for unknown
-- $8 text    that machine, null for unknown  $9 text     the program and its version, null for unknown
-- $10 text   the operator's reason, null for none
-- $11 text   what it must be: md5 of phase, table and operation as the polls bring it, null for whatever has the id
-- Returns no row: gone. `moved` false: `status` and `version` say what it is now. `had_completed_at` is what undo needs;
-- `at` is the database's clock, in seconds as the polls have it.
-- Where a trigger of the owner's kept the status, `moved` is false and the recorded outcome is `kept`.
WITH target AS (
  SELECT id, status, completed_at, xmin::text AS version
  FROM migration_control
  WHERE id = $1::bigint
    AND ($11::text IS NULL OR left(md5(concat_ws(chr(31), phase, table_name, operation)), 12) = $11::text)
  FOR UPDATE
),
written AS (
  UPDATE migration_control AS operation
  SET status = $3::text,
      completed_at = CASE $5::text
        WHEN 'stamp' THEN coalesce(operation.completed_at, clock_timestamp()::timestamp)
        WHEN 'clear' THEN NULL
        ELSE operation.completed_at END
  FROM target
  WHERE operation.id = target.id
    AND target.status = $2::text
    AND ($4::text IS NULL OR target.version = $4::text)
  RETURNING operation.id, operation.status, operation.xmin::text AS version
),
result AS (
  SELECT
    CASE
      WHEN target.id IS NULL THEN 'gone'
      WHEN written.id IS NULL THEN 'stale'
      WHEN written.status = $3::text THEN 'moved'
      ELSE 'kept' END AS outcome,
    left(coalesce(written.status, target.status), 200) AS status,
    coalesce(written.version, target.version) AS version,
    target.completed_at IS NOT NULL AS had_completed_at
  FROM (SELECT) AS asked LEFT JOIN target ON true LEFT JOIN written ON true
),
recorded AS (
  INSERT INTO migtop_audit
    (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome)
  SELECT
    left($7::text, 200), left($8::text, 200), left($9::text, 200), $6::text, $1::bigint, $2::text, $3::text, status,
    left($10::text, 4000), outcome
  FROM result
)
SELECT outcome = 'moved' AS moved, status, version, had_completed_at,
  date_part('epoch', clock_timestamp()::timestamp) AS at
FROM result
WHERE outcome <> 'gone'
