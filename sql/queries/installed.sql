-- Which options (sql/options/) a control table has, for `migtop init`. The text of each option describes it well enough to
-- compare it before and after an installation; null if it is not installed.
-- $1 text  the table as the user named it, resolved as SQL resolves a name
-- Returns no row if there is no such table.
SELECT
  pg_class.oid::pg_catalog.text AS oid,
  pg_catalog.concat(pg_catalog.quote_ident(nspname), '.', pg_catalog.quote_ident(relname)) AS name,
  relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']) AS is_table,
  (SELECT pg_catalog.concat(pg_catalog.pg_get_triggerdef(pg_trigger.oid), tgenabled, prosrc, proconfig, prosecdef)
   FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) tgfoid
   WHERE tgrelid OPERATOR(pg_catalog.=) pg_class.oid AND tgname OPERATOR(pg_catalog.=) 'migtop_guard') AS guard,
  (SELECT pg_catalog.concat(audit.oid, audit.relacl,
      (SELECT pg_catalog.string_agg(pg_catalog.concat(attname, atttypid, attnotnull, attacl), ' ' ORDER BY attnum)
       FROM pg_catalog.pg_attribute
       WHERE attrelid OPERATOR(pg_catalog.=) audit.oid AND attnum OPERATOR(pg_catalog.>) 0),
      (SELECT pg_catalog.string_agg(
          pg_catalog.concat(pg_catalog.pg_get_triggerdef(pg_trigger.oid), tgenabled, prosrc, proconfig), ' ' ORDER BY tgname)
       FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) tgfoid
       WHERE tgrelid OPERATOR(pg_catalog.=) audit.oid AND NOT tgisinternal))
   FROM pg_catalog.pg_class AS audit
   WHERE audit.relnamespace OPERATOR(pg_catalog.=) pg_class.relnamespace
     AND audit.relname OPERATOR(pg_catalog.=) 'migtop_audit') AS audit,
  (SELECT pg_catalog.string_agg(pg_catalog.concat(named.oid, pg_catalog.pg_get_indexdef(named.oid), indisvalid), ' ' ORDER BY named.relname)
   FROM pg_catalog.pg_class AS named JOIN pg_catalog.pg_index ON indexrelid OPERATOR(pg_catalog.=) named.oid
   WHERE indrelid OPERATOR(pg_catalog.=) pg_class.oid
     AND named.relname OPERATOR(pg_catalog.=) ANY (ARRAY['migtop_completed_at', 'migtop_failed']::pg_catalog.name[])
  ) AS indexes,
  (SELECT pg_catalog.concat(pg_catalog.string_agg(rolname::pg_catalog.text, ' ' ORDER BY rolname), pg_class.relacl,
      (SELECT pg_catalog.string_agg(pg_catalog.concat(attname, attacl), ' ' ORDER BY attnum)
       FROM pg_catalog.pg_attribute
       WHERE attrelid OPERATOR(pg_catalog.=) pg_class.oid AND attnum OPERATOR(pg_catalog.>) 0),
      (SELECT pg_catalog.string_agg(pg_catalog.concat(relacl, (SELECT pg_catalog.string_agg(pg_catalog.concat(attname, attacl), ' ')
          FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) audit.oid AND attacl IS NOT NULL)), ' ')
       FROM pg_catalog.pg_class AS audit
       WHERE audit.relnamespace OPERATOR(pg_catalog.=) pg_class.relnamespace
         AND audit.relname OPERATOR(pg_catalog.=) 'migtop_audit'))
   FROM pg_catalog.pg_roles
   WHERE rolname OPERATOR(pg_catalog.=) ANY (ARRAY['migtop_viewer', 'migtop_operator']::pg_catalog.name[])
     AND EXISTS (
       SELECT FROM pg_catalog.aclexplode(pg_class.relacl) AS privilege
       WHERE privilege.grantee OPERATOR(pg_catalog.=) pg_roles.oid)
   HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0) AS roles,
  -- Privileges of the roles that roles.sql does not grant: PUBLIC or another grantor has granted them.
  (SELECT pg_catalog.string_agg(pg_catalog.concat(rolname, ' may ', privilege), ', ' ORDER BY rolname, privilege)
   FROM pg_catalog.pg_roles
   CROSS JOIN pg_catalog.unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']::pg_catalog.text[]) AS privilege
   WHERE rolname OPERATOR(pg_catalog.=) ANY (ARRAY['migtop_viewer', 'migtop_operator']::pg_catalog.name[])
     AND pg_catalog.has_table_privilege(pg_roles.oid, pg_class.oid, privilege)) AS beyond_roles
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
