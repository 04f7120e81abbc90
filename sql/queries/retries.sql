-- Retries failed or skipped operations, each by a new pending operation (specification, "Error Tracking and Recovery"). The
-- row of the failed one keeps its values.
-- $1 bigint[] ids                          $2 text[]    the statuses that they must have
-- $3 text[]   the versions (xmin) that they must have, null for any
-- $4 text[]   the mark of each new row (domain/mark.ts), null for none
-- $5 text[]   what makes a row with the same source query an attempt of the same work: 'query' alone, or its 'name' too; null for neither
-- $6 bigint[] rows that are known and are no attempt in the way
-- $7 bigint   only rows above this id are searched for other attempts; null if ids may not be in the order of time: then all rows of
--             their tables
-- $8 float8   nothing is written after this time, in seconds; null for no limit
-- $9 oid      the control table            $10 uuid[]   the actions' keys
-- $11 bigint[] and $12 bigint[]  pairs of an id and a row that is an attempt of its work, which was not in the way
-- Returns one row for each id, in their order. `outcome` is one of those of transitions.sql; `refused` if another attempt
-- (`rival`) is open or was completed. Of an applied one, `new_id` is the new operation.
-- include fragments/retry-many.sql
SELECT number::pg_catalog.int4 AS number, outcome, status, rows, rival, new_id, new_version, new_identity, at
FROM result CROSS JOIN noted
ORDER BY number
