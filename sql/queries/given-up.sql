-- Values that a scan of the whole table (scan.sql) needs: the digests of the source queries of the operations that were given up, those
-- with a range and the others, whether there are any such operations, and whether all were read.
WITH
-- include fragments/given-up-rows.sql
,
-- include fragments/repeated.sql
SELECT 'given up' AS kind, pg_catalog.json_build_array(
    (SELECT pg_catalog.json_agg(DISTINCT digest) FROM repeated WHERE is_ranged),
    (SELECT pg_catalog.json_agg(DISTINCT digest) FROM repeated WHERE NOT is_ranged),
    EXISTS (SELECT FROM given_up),
    (SELECT failed AND skipped FROM few)) AS body
