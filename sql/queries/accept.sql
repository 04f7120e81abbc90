-- Records that an operator accepts failures, or no longer accepts them, if the operations are still failed in the versions that
-- the operator saw. The operations themselves are not changed. The arrays have one element for each operation.
-- $1 text  operator's name    $2 text  machine    $3 text  program    $4 text  action: accept or unaccept    $5 text  the note
-- $6 oid   the control table  $7 text  its name
-- $8 bigint[]  ids            $9 text[]  the operations' digests (fragments/identity.sql), null for any operation with this id
-- $10 text[]   the versions (xmin) that the operator saw, null for any       $11 uuid[]  the actions' keys
WITH asked AS (
  SELECT asked.*
  FROM ROWS FROM (pg_catalog.unnest($8::bigint[]), pg_catalog.unnest($9::pg_catalog.text[]),
    pg_catalog.unnest($10::pg_catalog.text[]), pg_catalog.unnest($11::pg_catalog.uuid[]))
    AS asked (operation_id, identity, seen, action_key)
),
judged AS (
  SELECT asked.operation_id, asked.identity, asked.action_key, found.status, found.version,
    CASE WHEN found.rows OPERATOR(pg_catalog.=) 0 THEN 'gone'
      WHEN found.rows OPERATOR(pg_catalog.>) 1 THEN 'repeated'
      WHEN found.status OPERATOR(pg_catalog.=) 'failed'
        AND (asked.seen IS NULL OR found.version OPERATOR(pg_catalog.=) asked.seen) THEN 'applied'
      ELSE 'stale' END AS outcome
  FROM asked
  CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*) AS rows, pg_catalog.left(pg_catalog.min(status), 200) AS status,
      pg_catalog.min(xmin::pg_catalog.text) AS version
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) asked.operation_id
      AND (asked.identity IS NULL
        OR
          -- include fragments/identity.sql
          OPERATOR(pg_catalog.=) asked.identity)
  ) AS found
),
noted AS (
  INSERT INTO migtop_audit (
    action_key, table_oid, control_table, operation_identity, row_version,
    os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome
  )
  SELECT action_key, $6::pg_catalog.oid, $7::pg_catalog.text, identity, version,
    pg_catalog.left($1::pg_catalog.text, 200), pg_catalog.left($2::pg_catalog.text, 200),
    pg_catalog.left($3::pg_catalog.text, 200), $4::pg_catalog.text, operation_id, 'failed', 'failed', status,
    pg_catalog.left($5::pg_catalog.text, 4000), outcome
  FROM judged
  RETURNING 1
),
counted AS (
  -- A trigger may drop the audit's rows. The text, which is not a number, then raises an error with that message.
  SELECT CASE WHEN (SELECT pg_catalog.count(*) FROM noted) OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM asked)
    THEN 1
    ELSE pg_catalog.concat('the audit table has taken ', (SELECT pg_catalog.count(*) FROM noted), ' rows')::integer
  END AS once
)
SELECT 'judged' AS kind, pg_catalog.json_build_object('id', operation_id, 'outcome', outcome, 'version', version,
    'at', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)) AS body
FROM judged CROSS JOIN counted
-- Without this condition, PostgreSQL leaves `counted` out of the plan.
WHERE counted.once OPERATOR(pg_catalog.=) 1
