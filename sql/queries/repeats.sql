-- Whether an id is there more than once, in what is read like a table and has no key: a view, a foreign table.
SELECT EXISTS (SELECT FROM migration_control GROUP BY id HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1) AS repeats
