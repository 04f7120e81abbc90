-- Records the same note about many actions, one row for each.
-- $1 text  operator's name   $2 text  machine      $3 text  program   $4 text  action   $5 bigint[]  operations' ids
-- $6 text[]  previous statuses   $7 text[]  requested statuses   $8 text  reason   $9 text  outcome
-- $10 uuid[] the keys  $11 oid  the control table  $12 text  its name
-- $13 text[]  the operations' digests of phase, table and operation (fragments/identity.sql), null for any with the id
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version (sql/options/audit.sql).
INSERT INTO migtop_audit (
  action_key, table_oid, control_table, -- version 2
  operation_identity, -- version 3
  os_user, host, client, action, operation_id, from_status, to_status, reason, outcome
)
SELECT
  noted.action_key, $11::pg_catalog.oid, $12::pg_catalog.text, -- version 2
  noted.identity, -- version 3
  pg_catalog.left($1::pg_catalog.text, 200), pg_catalog.left($2::pg_catalog.text, 200),
  pg_catalog.left($3::pg_catalog.text, 200), $4::pg_catalog.text, noted.id, noted.from_status, noted.to_status,
  pg_catalog.left($8::pg_catalog.text, 4000), $9::pg_catalog.text
FROM ROWS FROM (
  pg_catalog.unnest($5::bigint[]), pg_catalog.unnest($6::pg_catalog.text[]), pg_catalog.unnest($7::pg_catalog.text[]),
  pg_catalog.unnest($10::pg_catalog.uuid[]), pg_catalog.unnest($13::pg_catalog.text[])
) AS noted (id, from_status, to_status, action_key, identity)
