-- Which of the options of sql/options/ are installed, and whether they are as those files create them: another role may have
-- created an object of the same name, whose code would run with the privileges of the operator.
-- $1 oid  the table that is watched
-- An owner is trusted if it could do anything to the table anyway: the table's owner, the database's, a superuser, a member of
-- one of these; and the current role.
WITH control AS (
  SELECT pg_class.oid, relowner, relnamespace, nspname, datdba, pg_database.oid AS database_oid
  FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
  JOIN pg_catalog.pg_database ON datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
  WHERE pg_class.oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
),
audit AS (
  SELECT pg_class.*
  FROM control JOIN pg_catalog.pg_class ON pg_class.relnamespace OPERATOR(pg_catalog.=) control.relnamespace
    AND pg_class.relname OPERATOR(pg_catalog.=) 'migtop_audit'
),
triggers AS (
  SELECT pg_trigger.oid, tgrelid, tgname, tgenabled, tgtype, tgfoid, proname, proowner, prosecdef, prosrc, proconfig, lanname
  FROM pg_catalog.pg_trigger
  JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) tgfoid
  JOIN pg_catalog.pg_language ON pg_language.oid OPERATOR(pg_catalog.=) prolang
  WHERE NOT tgisinternal
    AND (tgrelid OPERATOR(pg_catalog.=) (SELECT oid FROM audit)
      OR tgrelid OPERATOR(pg_catalog.=) (SELECT oid FROM control) AND tgname OPERATOR(pg_catalog.=) 'migtop_guard')
),
-- Expressions that may call functions: conditions of triggers; defaults, generated columns, checks and indexes of the audit.
callers AS (
  SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid AS class, oid, tgrelid AS relation, tgfoid AS own
  FROM triggers
  UNION ALL
  SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid, pg_attrdef.oid, adrelid, NULL
  FROM pg_catalog.pg_attrdef JOIN audit ON adrelid OPERATOR(pg_catalog.=) audit.oid
  UNION ALL
  SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, pg_constraint.oid, conrelid, NULL
  FROM pg_catalog.pg_constraint JOIN audit ON conrelid OPERATOR(pg_catalog.=) audit.oid
  UNION ALL
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, indexrelid, indrelid, NULL
  FROM pg_catalog.pg_index JOIN audit ON indrelid OPERATOR(pg_catalog.=) audit.oid
),
called AS (
  SELECT relation, coalesce(pg_proc.proname, oprname) AS name, coalesce(pg_proc.proowner, code.proowner) AS owner
  FROM callers
  JOIN pg_catalog.pg_depend ON classid OPERATOR(pg_catalog.=) class AND objid OPERATOR(pg_catalog.=) callers.oid
  LEFT JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) refobjid
    AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
  LEFT JOIN pg_catalog.pg_operator ON pg_operator.oid OPERATOR(pg_catalog.=) refobjid
    AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid
  LEFT JOIN pg_catalog.pg_proc AS code ON code.oid OPERATOR(pg_catalog.=) oprcode
  WHERE coalesce(pg_proc.proowner, code.proowner) IS NOT NULL
    AND (own IS NULL OR refobjid OPERATOR(pg_catalog.<>) own)
),
owners AS (
  SELECT relowner AS oid FROM audit
  UNION
  SELECT proowner FROM triggers
  UNION
  SELECT owner FROM called
),
trusted AS (
  SELECT rolname, pg_roles.oid,
    pg_catalog.pg_has_role(pg_roles.oid, relowner, 'MEMBER') OR pg_catalog.pg_has_role(pg_roles.oid, datdba, 'MEMBER')
      OR rolname OPERATOR(pg_catalog.=) current_user AS is_trusted
  FROM control CROSS JOIN owners JOIN pg_catalog.pg_roles ON pg_roles.oid OPERATOR(pg_catalog.=) owners.oid
)
SELECT 'database' AS kind, pg_catalog.json_build_object('oid', database_oid::pg_catalog.text) AS body
FROM control
UNION ALL
SELECT 'audit', pg_catalog.json_build_object(
    'name', pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.migtop_audit',
    'owner', rolname,
    'is_trusted', is_trusted,
    'is_ordinary', relkind OPERATOR(pg_catalog.=) 'r' AND relpersistence OPERATOR(pg_catalog.=) 'p',
    'has_policies', relrowsecurity OR relforcerowsecurity,
    'has_rules', EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_class OPERATOR(pg_catalog.=) audit.oid),
    'inherits', EXISTS (
      SELECT FROM pg_catalog.pg_inherits
      WHERE inhrelid OPERATOR(pg_catalog.=) audit.oid OR inhparent OPERATOR(pg_catalog.=) audit.oid),
    'may_use_schema', pg_catalog.has_schema_privilege(audit.relnamespace, 'USAGE'),
    'may_select', pg_catalog.has_table_privilege(audit.oid, 'SELECT'),
    'columns', (
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
          'name', attname,
          'type', atttypid::pg_catalog.int8,
          'is_own_type', typnamespace OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid,
          'is_required', attnotnull,
          'may_insert', pg_catalog.has_column_privilege(audit.oid, attnum, 'INSERT')) ORDER BY attnum)
      FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) atttypid
      WHERE attrelid OPERATOR(pg_catalog.=) audit.oid AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped)) AS body
FROM audit CROSS JOIN control LEFT JOIN trusted ON trusted.oid OPERATOR(pg_catalog.=) audit.relowner
UNION ALL
SELECT CASE WHEN tgrelid OPERATOR(pg_catalog.=) control.oid THEN 'guard' ELSE 'trigger' END, pg_catalog.json_build_object(
    'name', tgname,
    'is_enabled', tgenabled OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A']),
    'function', proname,
    'owner', rolname,
    'is_trusted', is_trusted,
    -- BEFORE INSERT: it may drop the row.
    'is_before_insert', (tgtype::integer OPERATOR(pg_catalog.&) 6) OPERATOR(pg_catalog.=) 6,
    'definition', pg_catalog.pg_get_triggerdef(triggers.oid),
    -- The definition of the function, to be compared with the one that sql/options/ creates.
    'body', pg_catalog.left(prosrc, 4000),
    'language', lanname,
    'settings', proconfig,
    'is_definer', prosecdef)
FROM triggers CROSS JOIN control LEFT JOIN trusted ON trusted.oid OPERATOR(pg_catalog.=) proowner
UNION ALL
SELECT CASE WHEN relation OPERATOR(pg_catalog.=) control.oid THEN 'guard calls' ELSE 'audit calls' END,
  pg_catalog.json_build_object('name', name, 'owner', rolname, 'is_trusted', is_trusted)
FROM called CROSS JOIN control LEFT JOIN trusted ON trusted.oid OPERATOR(pg_catalog.=) owner
