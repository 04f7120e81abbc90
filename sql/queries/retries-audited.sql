-- The same as retries.sql for a database with an audit table: one statement adds the operations and records who did it.
-- $1 bigint[] ids                          $2 text[]    the statuses that they must have
-- $3 text[]   the versions (xmin) that they must have, null for any
-- $4 text[]   the mark of each new row (domain/mark.ts), null for none
-- $5 text[]   what makes a row with the same source query an attempt of the same work: 'query' alone, or its 'name' too; null for neither
-- $6 bigint[] rows that are known and are no attempt in the way
-- $7 bigint   only rows above this id are searched for other attempts
-- $8 float8   nothing is written after this time, in seconds; null for no limit
-- $9 oid      the control table            $10 uuid[]   the actions' keys
-- $11 bigint[] and $12 bigint[]  pairs of an id and a row that is an attempt of its work, which was not in the way
-- $13 text    the operator's user name, null for unknown      $14 text   their machine, null for unknown
-- $15 text    the program and its version, null for unknown   $16 text   the operator's reason, null for none
-- $17 text    the name of the control table
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version (sql/options/audit.sql).
-- Returns the same as retries.sql.
-- include fragments/retry-many.sql
, recorded AS (
  -- include fragments/audit-columns.sql
  SELECT
    action_key, $9::pg_catalog.oid, $17::pg_catalog.text, -- version 2
    operation_identity, -- version 3
    pg_catalog.left($13::pg_catalog.text, 200), pg_catalog.left($14::pg_catalog.text, 200),
    pg_catalog.left($15::pg_catalog.text, 200), 'retry', id, from_status, 'pending',
    status, pg_catalog.left($16::pg_catalog.text, 4000), outcome
  FROM result
  RETURNING 1
),
counted AS (
  SELECT CASE WHEN (SELECT pg_catalog.count(*) FROM recorded) OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM asked)
    THEN 1
    ELSE pg_catalog.concat('the audit table has taken ', (SELECT pg_catalog.count(*) FROM recorded), ' rows')::integer
  END AS once
)
SELECT number::pg_catalog.int4 AS number, outcome, status, rows, rival, new_id, new_version, new_identity, at
FROM result CROSS JOIN noted CROSS JOIN counted
-- Without this condition, PostgreSQL leaves `counted` out of the plan.
WHERE counted.once OPERATOR(pg_catalog.=) 1
ORDER BY number
