-- The actions of operators before one of them, newest first. Of an action on many operations at most the first 16 rows: it may
-- have a hundred thousand. The keys of an action on many are UUIDs of version 8; their last 12 digits count its rows (database/bulk-keys.ts).
-- $1 int  maximum number of rows   $2 oid  the control table   $3 bigint  only rows below this id of the audit table
-- $4 int  how many rows of the audit table are searched at most
-- Needs version 2 of the audit table. Lines that end with `version 3` are left out for an earlier version.
-- include fragments/audit-entries.sql
FROM migtop_audit
WHERE id OPERATOR(pg_catalog.<) $3::bigint
  AND id OPERATOR(pg_catalog.>=) ($3::bigint OPERATOR(pg_catalog.-) $4::int)
  AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid)
  AND (action_key IS NULL
    OR pg_catalog.substr(action_key::pg_catalog.text, 15, 1) OPERATOR(pg_catalog.<>) '8'
    OR pg_catalog.substr(action_key::pg_catalog.text, 25, 11) OPERATOR(pg_catalog.=) '00000000000')
ORDER BY id DESC
LIMIT $1::int
