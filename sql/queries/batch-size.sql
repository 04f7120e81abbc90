-- Gives operations another batch size, each if it still has the status and the batch size that the operator saw
-- (compare-and-set). A row that another session has locked is skipped, not waited for.
-- $1 bigint[] ids                            $2 text[]   the statuses that they must have
-- $3 text[]   the same                       $4 text[]   null: a worker's report changes the version (xmin)
-- $5 text[]   the sizes as JSON: {"from": 500, "to": 200}, null for none
-- $6 text[]   their digests of phase, table and operation, null for any with the id
-- $7 float8   nothing is written after this time, in seconds; null for no limit. A message may arrive late.
-- $8 oid      the control table              $9 uuid[]   the actions' keys
-- Returns one row for each id, in their order, as transitions.sql does; `size` is the batch size that it had.
-- include fragments/batch-size-many.sql
SELECT number::pg_catalog.int4 AS number, outcome, status, now_version AS version, had_completed_at, rows, other, at, size
FROM judged CROSS JOIN noted
ORDER BY number
