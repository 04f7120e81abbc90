-- Whether the audit contains an action whose answer was lost: its row is written in the transaction that makes the change. If
-- not, this writes a row of the same key, so that the action can never be applied later, however late it arrives. If the action
-- is in progress at this moment, this ends with an error. Requires an audit table of version 2 or later; the lines that end
-- with `version 3` are left out for version 2.
-- $1 text  operator's name   $2 text  machine      $3 text  program   $4 text  action   $5 bigint  operation's id
-- $6 text  previous status   $7 text  requested status   $8 text  reason   $9 uuid  the action's key
-- $10 oid  the control table  $11 text  its name
-- $12 text  the operation's digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
-- Returns one row: the `outcome` in the audit, or null and the number of rows written now (`fenced`).
WITH known AS (
  SELECT outcome FROM migtop_audit WHERE action_key OPERATOR(pg_catalog.=) $9::pg_catalog.uuid
),
written AS (
  INSERT INTO migtop_audit (
    action_key, table_oid, control_table,
    operation_identity, -- version 3
    os_user, host, client, action, operation_id, from_status, to_status, reason, outcome
  )
  SELECT
    $9::pg_catalog.uuid, $10::pg_catalog.oid, $11::pg_catalog.text,
    $12::pg_catalog.text, -- version 3
    pg_catalog.left($1::pg_catalog.text, 200), pg_catalog.left($2::pg_catalog.text, 200),
    pg_catalog.left($3::pg_catalog.text, 200), $4::pg_catalog.text, $5::bigint, $6::pg_catalog.text, $7::pg_catalog.text,
    pg_catalog.left($8::pg_catalog.text, 4000), 'not applied'
  WHERE NOT EXISTS (SELECT FROM known)
  RETURNING 1
)
SELECT
  (SELECT pg_catalog.min(outcome) FROM known) AS outcome,
  (SELECT pg_catalog.count(*) FROM written)::pg_catalog.int4 AS fenced
