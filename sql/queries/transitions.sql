-- Gives many operations another status, each if it still has the status that the operator saw (compare-and-set). A row that
-- another session has locked is skipped, not waited for.
-- $1 bigint[] ids                            $2 text[]   the statuses that they must have
-- $3 text[]   the new statuses               $4 text[]   the versions (xmin) that they must have, null for any
-- $5 text[]   completed_at: 'keep', 'set' or 'clear' (transition.sql)
-- $6 text[]   their digests of phase, table and operation, null for any operation with the id
-- $7 float8   nothing is written after this time, in seconds; null for no limit. A message may arrive late.
-- $8 oid      the control table              $9 uuid[]   the actions' keys
-- Returns one row for each id, in their order. `outcome` is one of those of transition.sql, or
--   locked          another session holds the row, or changed it while this statement ran
-- include fragments/compare-and-set-many.sql
SELECT number::pg_catalog.int4 AS number, outcome, status, now_version AS version, had_completed_at, rows, other, at
FROM result CROSS JOIN noted
ORDER BY number
