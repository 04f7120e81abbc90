-- The parent tables of foreign keys, for failures that name a foreign key. The target tables may live in another database: then
-- there are none.
-- $1 text[]  the names of the constraints
SELECT 'foreign key' AS kind, pg_catalog.json_build_object(
    'name', pg_catalog.left(conname::pg_catalog.text, 64),
    'parent', pg_catalog.left(parent.relname::pg_catalog.text, 64)) AS body
FROM pg_catalog.pg_constraint
JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) confrelid
WHERE contype OPERATOR(pg_catalog.=) 'f'::pg_catalog."char"
  AND conname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
ORDER BY conname
LIMIT 200
