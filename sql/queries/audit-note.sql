-- Writes down an action that changed nothing, because its row was locked, or it was refused, or its answer was lost.
-- $1 text  operator's name   $2 text  machine      $3 text  program   $4 text  action   $5 bigint  operation's id
-- $6 text  status it had     $7 text  status asked for   $8 text  reason   $9 text  outcome
INSERT INTO migtop_audit (os_user, host, client, action, operation_id, from_status, to_status, reason, outcome)
VALUES (pg_catalog.left($1::pg_catalog.text, 200), pg_catalog.left($2::pg_catalog.text, 200),
  pg_catalog.left($3::pg_catalog.text, 200), $4::pg_catalog.text, $5::bigint, $6::pg_catalog.text, $7::pg_catalog.text,
  pg_catalog.left($8::pg_catalog.text, 4000), $9::pg_catalog.text)
