-- What the table is and what this role may do with it, before the first poll.
-- $1 text  the table as the user named it, resolved as SQL resolves a name
SELECT
  pg_class.oid::text AS oid,
  quote_ident(nspname) || '.' || quote_ident(relname) AS name,
  nspname AS schema,
  relkind,
  relrowsecurity AS row_security,
  current_user AS "user",
  current_database() AS database,
  current_setting('server_version_num')::int AS server_version,
  pg_is_in_recovery() AS in_recovery,
  current_setting('default_transaction_read_only') = 'on' AS read_only,
  -- Of the whole table: the version of a row (xmin) is in no column that could be granted alone.
  has_table_privilege(pg_class.oid, 'SELECT') AS may_select,
  EXISTS (
    SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = pg_class.oid AND attname = 'id' AND indisunique AND indisvalid AND indnkeyatts = 1 AND indpred IS NULL
  ) AS id_unique,
  -- A foreign table may have any server behind it, and so may a partition that is one.
  relkind IN ('r', 'p', 'm') AND NOT EXISTS (
    SELECT FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = pg_class.oid AND part.relkind = 'f'
  ) AS has_versions,
  EXISTS (
    SELECT FROM pg_trigger
    WHERE tgrelid = pg_class.oid AND tgname = 'migtop_guard' AND tgenabled IN ('O', 'A')
  ) AS guarded,
  -- The audit that sql/options/audit.sql installs, where this role may write to it.
  (SELECT quote_ident(nspname) || '.' || quote_ident(audit.relname)
   FROM pg_class AS audit
   WHERE audit.oid = to_regclass(quote_ident(nspname) || '.migtop_audit')
     AND has_column_privilege(audit.oid, 'action', 'INSERT') AND has_table_privilege(audit.oid, 'SELECT')) AS audit,
  (SELECT json_agg(json_build_object(
      'name', attname,
      'type', format_type(atttypid, NULL),
      'category', typcategory,
      'may_update', has_column_privilege(pg_class.oid, attnum, 'UPDATE')) ORDER BY attnum)
   FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
   WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped) AS columns
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE pg_class.oid = to_regclass($1::text)
