-- The schemas of this database that have a table of that name, for the error message if the table is not found.
-- $1 text  the table as the user named it; its schema, if it has one, is ignored
SELECT pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.'
  OPERATOR(pg_catalog.||) pg_catalog.quote_ident(relname) AS name
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE relname OPERATOR(pg_catalog.=) (SELECT (pg_catalog.array_agg(part ORDER BY position DESC))[1]
                 FROM pg_catalog.unnest(pg_catalog.parse_ident($1::pg_catalog.text)) WITH ORDINALITY AS parts (part, position))
  AND relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f'])
ORDER BY 1
LIMIT 5
