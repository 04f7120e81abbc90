-- Where else in this database a table of that name is, for the error that says there is none here.
-- $1 text  the bare name
SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = $1::text AND relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY 1
LIMIT 5
