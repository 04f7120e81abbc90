-- How many rows have no id, if no constraint forbids it; maximum 1000. An index on the id finds them.
SELECT pg_catalog.count(*)::integer AS rows
FROM (SELECT FROM migration_control WHERE id IS NULL LIMIT 1000) AS found
