-- Where else in this database a table of that name is, for the error that says there is none here.
-- $1 text  the table as the user named it; its schema, if it has one, does not count
SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = (SELECT (array_agg(part ORDER BY position DESC))[1]
                 FROM unnest(parse_ident($1::text)) WITH ORDINALITY AS parts (part, position))
  AND relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY 1
LIMIT 5
