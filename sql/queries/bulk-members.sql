-- The actions of operators on all rows of some actions on many operations, newest first, from the audit table, by its index of keys.
-- $1 text[]  what the keys of each action begin with (database/bulk-keys.ts)
-- Needs version 2 of the audit table. Lines that end with `version 3` are left out for an earlier version.
-- include fragments/audit-entries.sql
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS asked (bulk)
JOIN migtop_audit ON action_key OPERATOR(pg_catalog.>=)
    (asked.bulk OPERATOR(pg_catalog.||) '000000000000')::pg_catalog.uuid
  AND action_key OPERATOR(pg_catalog.<=) (asked.bulk OPERATOR(pg_catalog.||) 'ffffffffffff')::pg_catalog.uuid
ORDER BY id DESC
