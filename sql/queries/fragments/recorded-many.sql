-- Records the changes of a statement that changes many, from `judged`; the statements describe the parameters $8 and $11 to $16.
recorded AS (
  INSERT INTO migtop_audit
    (
      action_key, table_oid, control_table, -- version 2
      operation_identity, -- version 3
      os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome
    )
  SELECT
    action_key, $8::pg_catalog.oid, $16::pg_catalog.text, -- version 2
    identity, -- version 3
    pg_catalog.left($12::pg_catalog.text, 200), pg_catalog.left($13::pg_catalog.text, 200),
    pg_catalog.left($14::pg_catalog.text, 200), $11::pg_catalog.text, id, from_status, to_status,
    status, pg_catalog.left($15::pg_catalog.text, 4000), outcome
  FROM judged
  RETURNING 1
),
counted AS (
  -- A trigger may drop the audit's rows. The text, which is not a number, then raises an error with that message.
  SELECT CASE WHEN (SELECT pg_catalog.count(*) FROM recorded) OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM asked)
    THEN 1
    ELSE pg_catalog.concat('the audit table has taken ', (SELECT pg_catalog.count(*) FROM recorded), ' rows')::integer
  END AS once
)
