-- The rows that a count in brief returns besides the spans: the sums, the rows that are kept, the batches.
-- include alike-counts.sql
UNION ALL
-- include kept-rows.sql
UNION ALL
-- include alike-batches.sql
UNION ALL
-- Whether range.sql has to count the range again.
SELECT 'brief', pg_catalog.json_build_array(NOT is_few)
FROM bounded
