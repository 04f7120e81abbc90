-- Writes down an action that changed nothing, because its row was locked, or it was refused, or its answer was lost.
-- $1 text  operator's name   $2 text  machine      $3 text  program   $4 text  action   $5 bigint  operation's id
-- $6 text  status it had     $7 text  status asked for   $8 text  reason   $9 text  outcome
INSERT INTO migtop_audit (os_user, host, client, action, operation_id, from_status, to_status, reason, outcome)
VALUES (left($1::text, 200), left($2::text, 200), left($3::text, 200), $4::text, $5::bigint, $6::text, $7::text,
  left($8::text, 4000), $9::text)
