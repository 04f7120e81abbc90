-- The source queries of the execution, in a range of ids: the ranges that they read are compared (domain/source-ranges).
-- $1 bigint  only ids above this     $2 bigint  maximum id
-- A query of 2000 characters or more is left out: it would be cut.
SELECT 'range' AS kind, pg_catalog.json_build_array(id, pg_catalog.left(table_name, 200), pg_catalog.left(status, 200),
    CASE WHEN pg_catalog.length(source_query) OPERATOR(pg_catalog.<) 2000 THEN source_query END,
    records_processed) AS body
FROM migration_control
WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
  AND phase OPERATOR(pg_catalog.=) 'execution'
