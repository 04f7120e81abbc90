-- The row after finish.sql or release.sql: as it was changed, else as it is in `target`. A trigger may have changed the status again.
SELECT applied.status OPERATOR(pg_catalog.=) held.becomes AS migtop_applied, applied.* FROM applied CROSS JOIN held
UNION ALL
SELECT false, target.* FROM target WHERE NOT EXISTS (SELECT FROM applied)
