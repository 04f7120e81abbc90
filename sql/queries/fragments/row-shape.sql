-- The properties of a row that rows are grouped by: the bits of `row-counters.sql`, and 256 for a start and an end.
-- include row-counters.sql
OPERATOR(pg_catalog.+) CASE WHEN started_at IS NOT NULL AND completed_at IS NOT NULL THEN 256 ELSE 0 END
