-- Properties that may prevent a change to the table, or hide or rewrite its rows, read before the first poll.
-- $1 text  the table as the user named it, resolved as SQL resolves a name
WITH RECURSIVE relations AS (
  SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid AS oid
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN relations ON inhparent OPERATOR(pg_catalog.=) relations.oid
)
SELECT
  -- Whether policies hide rows from this role.
  pg_catalog.row_security_active(pg_class.oid) AS row_security,
  -- An index of the parent does not cover the children of an inheritance; a partitioned table's does.
  relkind OPERATOR(pg_catalog.=) 'r' AND (SELECT pg_catalog.count(*) FROM relations) OPERATOR(pg_catalog.>) 1 AS has_children,
  -- The rules of a table rewrite the statements on it; the rules of its children do not.
  (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rulename), ', ' ORDER BY rulename)
   FROM pg_catalog.pg_rewrite
   WHERE ev_class OPERATOR(pg_catalog.=) pg_class.oid AND ev_type OPERATOR(pg_catalog.=) '2'
     AND ev_enabled OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A'])) AS rules,
  -- As JSON, because the column does not exist before PostgreSQL 12.
  (SELECT pg_catalog.string_agg(attname, ', ' ORDER BY attname)
   FROM pg_catalog.pg_attribute
   WHERE attrelid OPERATOR(pg_catalog.=) pg_class.oid AND attname OPERATOR(pg_catalog.=) ANY (ARRAY['status', 'completed_at'])
     AND coalesce(pg_catalog.to_jsonb(pg_attribute) OPERATOR(pg_catalog.->>) 'attgenerated', '') OPERATOR(pg_catalog.<>) '')
   AS generated,
  -- Since PostgreSQL 14; on systems other than Linux not in every version.
  EXISTS (
    SELECT FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'client_connection_check_interval'
  ) AND pg_catalog.strpos(pg_catalog.version(), 'linux') OPERATOR(pg_catalog.>) 0 AS has_connection_checks,
  -- Whether the server's connection, perhaps of a pooler, is a Unix socket.
  pg_catalog.inet_client_addr() IS NULL AS is_local
FROM pg_catalog.pg_class
WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
