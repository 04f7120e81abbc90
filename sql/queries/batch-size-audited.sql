-- The same as batch-size.sql for a database with an audit table: one statement changes the operations and records who did it.
-- $1 bigint[] ids                            $2 text[]   the statuses that they must have
-- $3 text[]   the same                       $4 text[]   null: a worker's report changes the version (xmin)
-- $5 text[]   the sizes as JSON: {"from": 500, "to": 200}, null for none
-- $6 text[]   their digests of phase, table and operation, null for any with the id
-- $7 float8   nothing is written after this time, in seconds; null for no limit. A message may arrive late.
-- $8 oid      the control table              $9 uuid[]   the actions' keys
-- $10 text    action: batch size 500 to 200  $11 text    the operator's user name, null for unknown
-- $12 text    their machine, null for unknown $13 text   the program and its version, null for unknown
-- $14 text    the operator's reason, null for none
-- $15 text    the name of the control table
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version (sql/options/audit.sql).
-- Returns the same as batch-size.sql.
-- include fragments/batch-size-many.sql
,
-- include fragments/recorded-many.sql
SELECT number::pg_catalog.int4 AS number, outcome, status, now_version AS version, had_completed_at, rows, other, at, size
FROM judged CROSS JOIN noted CROSS JOIN counted
-- Without this condition, PostgreSQL leaves `counted` out of the plan.
WHERE counted.once OPERATOR(pg_catalog.=) 1
ORDER BY number
