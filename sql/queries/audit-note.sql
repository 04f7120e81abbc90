-- Records an action that changed nothing because its row was locked or the change was refused.
-- $1 text  operator's name   $2 text  machine      $3 text  program   $4 text  action   $5 bigint  operation's id
-- $6 text  previous status   $7 text  requested status   $8 text  reason   $9 text  outcome
-- $10 uuid the action's key  $11 oid  the control table  $12 text  its name
-- $13 text  the operation's digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version (sql/options/audit.sql).
INSERT INTO migtop_audit (
  action_key, table_oid, control_table, -- version 2
  operation_identity, -- version 3
  os_user, host, client, action, operation_id, from_status, to_status, reason, outcome
)
VALUES (
  $10::pg_catalog.uuid, $11::pg_catalog.oid, $12::pg_catalog.text, -- version 2
  $13::pg_catalog.text, -- version 3
  pg_catalog.left($1::pg_catalog.text, 200), pg_catalog.left($2::pg_catalog.text, 200),
  pg_catalog.left($3::pg_catalog.text, 200), $4::pg_catalog.text, $5::bigint, $6::pg_catalog.text, $7::pg_catalog.text,
  pg_catalog.left($8::pg_catalog.text, 4000), $9::pg_catalog.text)
