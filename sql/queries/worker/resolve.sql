-- The table's own name, schema-qualified and quoted: what every other query of this folder is given.
-- $1 text  the table as the caller named it, resolved as SQL resolves a name
SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE pg_class.oid = to_regclass($1::text)
