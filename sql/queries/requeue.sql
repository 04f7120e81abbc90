-- Puts running or paused operations of dead workers back into the queue, or takes that back: each only if it still is as the
-- operator saw it (compare-and-set). The counter stays, so that the next worker continues from there; worker, start, end and
-- error are cleared, and the mark of migtop/worker keeps how many seconds were worked (worker/release.sql). A row that another
-- session has locked is skipped, not waited for.
-- $1 bigint[] ids                            $2 text[]   the statuses that they must have
-- $3 text[]   the new statuses               $4 text[]   the versions (xmin) that they must have, null for any
-- $5 text[]   the values that an undo puts back, as this statement returned them; null: into the queue
-- $6 text[]   their digests of phase, table and operation, null for any with the id
-- $7 float8   nothing is written after this time, in seconds; null for no limit. A message may arrive late.
-- $8 oid      the control table              $9 uuid[]   the actions' keys
-- Returns one row for each id, in their order, as transitions.sql does. Of an applied one, `before` are the values that it had.
-- include fragments/requeue-many.sql
SELECT number::pg_catalog.int4 AS number, outcome, status, now_version AS version, had_completed_at, rows, other, at, before
FROM judged CROSS JOIN noted
ORDER BY number
