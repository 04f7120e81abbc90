-- The table's own name, schema-qualified and quoted: what every other query of this folder is given.
-- $1 text  the table as the caller named it, resolved as SQL resolves a name. A temporary table is not taken: behind a pooler
-- it may be another client's.
SELECT pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.'
  OPERATOR(pg_catalog.||) pg_catalog.quote_ident(relname) AS name
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
  AND relpersistence OPERATOR(pg_catalog.<>) 't'
