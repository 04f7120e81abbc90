-- How many sessions of migtop there are on the database: together their routine checks take no more time than those of one.
SELECT 'sessions' AS kind, pg_catalog.to_json(pg_catalog.count(*)) AS body
FROM pg_catalog.pg_stat_activity
WHERE application_name OPERATOR(pg_catalog.=) 'migtop'
  AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
