-- The properties of the table and the privileges of this role on it, read before the first poll.
-- $1 text  the table as the user named it, resolved as SQL resolves a name
SELECT
  pg_class.oid::pg_catalog.text AS oid,
  pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(relname) AS name,
  nspname AS schema,
  relkind,
  relpersistence OPERATOR(pg_catalog.=) 't' AS is_temporary,
  -- As of the last ANALYZE; -1 or 0 if there was none.
  reltuples::bigint AS estimated_rows,
  current_user AS "user",
  pg_catalog.quote_ident(current_user) AS role,
  pg_catalog.current_database() AS database,
  pg_catalog.current_setting('server_version_num')::int AS server_version,
  pg_catalog.pg_is_in_recovery() AS in_recovery,
  -- Where the setting comes from, as pg_settings names it; null if transactions may write.
  CASE WHEN pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.=) 'on'
    THEN (SELECT source FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'default_transaction_read_only')
  END AS read_only_by,
  -- On the whole table: the version of a row (xmin) is in no column that could be granted alone.
  pg_catalog.has_table_privilege(pg_class.oid, 'SELECT') AS may_select,
  EXISTS (
    SELECT FROM pg_catalog.pg_index JOIN pg_catalog.pg_attribute ON attrelid OPERATOR(pg_catalog.=) indrelid
      AND attnum OPERATOR(pg_catalog.=) indkey[0]
    WHERE indrelid OPERATOR(pg_catalog.=) pg_class.oid AND attname OPERATOR(pg_catalog.=) 'id' AND indisunique
      AND indisvalid AND indnkeyatts OPERATOR(pg_catalog.=) 1 AND indpred IS NULL
  ) AS id_unique,
  -- A foreign table, or a partition that is one, may be on any kind of server.
  relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'm']) AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS part ON part.oid OPERATOR(pg_catalog.=) inhrelid
    WHERE inhparent OPERATOR(pg_catalog.=) pg_class.oid AND part.relkind OPERATOR(pg_catalog.=) 'f'
  ) AS has_versions,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', attname,
      'type', pg_catalog.format_type(atttypid, NULL),
      'category', typcategory,
      'not_null', attnotnull,
      'may_update', pg_catalog.has_column_privilege(pg_class.oid, attnum, 'UPDATE')) ORDER BY attnum)
   FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) atttypid
   WHERE attrelid OPERATOR(pg_catalog.=) pg_class.oid AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped) AS columns
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
