-- Records the changes of a statement that changes many, from `judged`; the statements describe the parameters $8 and $10 to $15.
recorded AS (
  -- include audit-columns.sql
  SELECT
    action_key, $8::pg_catalog.oid, $15::pg_catalog.text, -- version 2
    identity, -- version 3
    pg_catalog.left($11::pg_catalog.text, 200), pg_catalog.left($12::pg_catalog.text, 200),
    pg_catalog.left($13::pg_catalog.text, 200), $10::pg_catalog.text, id, from_status, to_status,
    status, pg_catalog.left($14::pg_catalog.text, 4000), outcome
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
