-- Returns the table's name, schema-qualified and quoted, for all other queries of this folder, and the process of the session:
-- behind a pooler it is another than the client was told.
-- $1 text  the table as the caller named it, resolved as SQL resolves a name
-- Temporary tables are not used: behind a pooler, one may belong to another client.
SELECT pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.'
  OPERATOR(pg_catalog.||) pg_catalog.quote_ident(relname) AS name,
  pg_catalog.pg_backend_pid() AS pid
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
  AND relpersistence OPERATOR(pg_catalog.<>) 't'
