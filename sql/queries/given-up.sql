-- Values that a scan of the whole table (scan.sql) needs: the digests of the source ranges of the operations that were given up,
-- whether there are any such operations, and whether all were read.
WITH
-- include fragments/given-up-rows.sql
,
-- include fragments/repeated-ranges.sql
SELECT 'given up' AS kind, pg_catalog.json_build_array(
    (SELECT pg_catalog.json_agg(DISTINCT digest) FROM repeated),
    EXISTS (SELECT FROM given_up),
    (SELECT failed AND skipped FROM few)) AS body
