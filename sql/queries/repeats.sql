-- Whether an id occurs more than once in a relation that has no key, such as a view or a foreign table.
SELECT EXISTS (SELECT FROM migration_control GROUP BY id HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1) AS repeats
