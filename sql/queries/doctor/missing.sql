-- Operations on which an operator acted, by the newest actions of the audit, that do not exist any more.
-- $1 oid  the table     $2 int  maximum number of rows
SELECT 'missing' AS kind, pg_catalog.json_build_array(acted.id, acted.action) AS body
FROM (
  SELECT operation_id AS id, pg_catalog.left(pg_catalog.min(action), 100) AS action
  FROM (
    SELECT operation_id, action
    FROM migtop_audit
    WHERE outcome OPERATOR(pg_catalog.=) 'applied'
      AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid) -- version 2
    ORDER BY migtop_audit.id DESC
    LIMIT 10000
  ) AS newest
  GROUP BY operation_id
) AS acted
WHERE NOT EXISTS (SELECT FROM migration_control AS operation WHERE operation.id OPERATOR(pg_catalog.=) acted.id)
ORDER BY acted.id DESC
LIMIT $2::int
