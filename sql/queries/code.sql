-- Code that PostgreSQL runs with the privileges of the role that reads or writes the table, if neither a superuser nor this role
-- owns it and this role has privileges that its owner may lack. Read if notes.sql returns `others`.
-- $1 text  the table, in full
WITH RECURSIVE watched AS (
  SELECT pg_class.oid, relowner
  FROM pg_catalog.pg_class
  WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
),
-- Its partitions and children: their triggers run too.
parts AS (
  SELECT oid FROM watched
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN parts ON inhparent OPERATOR(pg_catalog.=) parts.oid
),
-- The views that a view reads from.
relations AS (
  SELECT oid FROM watched
  UNION
  SELECT refobjid
  FROM relations
  JOIN pg_catalog.pg_rewrite ON ev_class OPERATOR(pg_catalog.=) relations.oid
  JOIN pg_catalog.pg_depend ON objid OPERATOR(pg_catalog.=) pg_rewrite.oid
    AND classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
  JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) refobjid AND relkind OPERATOR(pg_catalog.=) 'v'
),
-- The types of its columns, and the types that these use: domains over domains, and arrays.
types AS (
  SELECT atttypid AS oid
  FROM pg_catalog.pg_attribute JOIN parts ON attrelid OPERATOR(pg_catalog.=) parts.oid
  WHERE attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped
  UNION
  SELECT CASE WHEN typtype OPERATOR(pg_catalog.=) 'd' THEN typbasetype ELSE typelem END
  FROM types JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) types.oid
),
me AS (
  -- include fragments/own-rights.sql
),
-- Functions and operators that are called by the table's defaults, generated columns, CHECKs, indexes, policies, rules and
-- triggers' conditions, its partition key, its columns' domains, and the views that it reads from.
bound AS (
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    AND objid OPERATOR(pg_catalog.=) ANY (
      SELECT pg_attrdef.oid FROM pg_catalog.pg_attrdef JOIN parts ON adrelid OPERATOR(pg_catalog.=) parts.oid)
  UNION
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
    AND objid OPERATOR(pg_catalog.=) ANY (
      SELECT pg_constraint.oid FROM pg_catalog.pg_constraint JOIN parts ON conrelid OPERATOR(pg_catalog.=) parts.oid
      UNION ALL
      SELECT pg_constraint.oid FROM pg_catalog.pg_constraint JOIN types ON contypid OPERATOR(pg_catalog.=) types.oid)
  UNION
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    AND objid OPERATOR(pg_catalog.=) ANY (
      SELECT indexrelid FROM pg_catalog.pg_index JOIN parts ON indrelid OPERATOR(pg_catalog.=) parts.oid
      UNION ALL
      SELECT oid FROM parts)
  UNION
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
    AND objid OPERATOR(pg_catalog.=) ANY (
      SELECT pg_policy.oid FROM pg_catalog.pg_policy JOIN watched ON polrelid OPERATOR(pg_catalog.=) watched.oid
      WHERE pg_catalog.row_security_active(watched.oid))
  UNION
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    AND objid OPERATOR(pg_catalog.=) ANY (
      SELECT pg_rewrite.oid FROM pg_catalog.pg_rewrite JOIN relations ON ev_class OPERATOR(pg_catalog.=) relations.oid
      WHERE ev_enabled OPERATOR(pg_catalog.<>) 'D')
  UNION
  -- The condition of a trigger runs as the caller, even if its function is SECURITY DEFINER.
  SELECT refclassid, refobjid
  FROM pg_catalog.pg_depend
  JOIN pg_catalog.pg_trigger ON pg_trigger.oid OPERATOR(pg_catalog.=) objid
  JOIN parts ON tgrelid OPERATOR(pg_catalog.=) parts.oid
  WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass
    AND refobjid OPERATOR(pg_catalog.<>) tgfoid
),
code AS (
  SELECT 'view' AS kind, relname AS name, relowner AS owner
  FROM relations JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) relations.oid
  WHERE relkind OPERATOR(pg_catalog.=) 'v'
  UNION
  SELECT 'trigger', tgname, proowner
  FROM pg_catalog.pg_trigger
  JOIN parts ON tgrelid OPERATOR(pg_catalog.=) parts.oid
  JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) tgfoid
  WHERE NOT tgisinternal AND tgenabled OPERATOR(pg_catalog.<>) 'D' AND NOT prosecdef
  UNION
  SELECT 'rule', rulename, relowner
  FROM pg_catalog.pg_rewrite JOIN watched ON ev_class OPERATOR(pg_catalog.=) watched.oid
  WHERE rulename OPERATOR(pg_catalog.<>) '_RETURN' AND ev_enabled OPERATOR(pg_catalog.<>) 'D'
  UNION
  SELECT 'policy', polname, relowner
  FROM pg_catalog.pg_policy JOIN watched ON polrelid OPERATOR(pg_catalog.=) watched.oid
  WHERE pg_catalog.row_security_active(watched.oid)
  UNION
  SELECT 'domain', typname, typowner
  FROM types JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) types.oid
  WHERE typtype OPERATOR(pg_catalog.=) 'd'
  UNION
  -- The worker library converts whole rows to JSON: the owner of a column's type may have defined the cast.
  SELECT 'cast', typname, proowner
  FROM pg_catalog.pg_attribute
  JOIN parts ON attrelid OPERATOR(pg_catalog.=) parts.oid
  JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) atttypid
  JOIN pg_catalog.pg_cast ON castsource OPERATOR(pg_catalog.=) pg_type.oid
  JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) castfunc
  WHERE attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped AND NOT prosecdef
  UNION
  SELECT 'function', proname, proowner
  FROM bound JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) refobjid
  WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND NOT prosecdef
  UNION
  SELECT 'operator', oprname, proowner
  FROM bound
  JOIN pg_catalog.pg_operator ON pg_operator.oid OPERATOR(pg_catalog.=) refobjid
  JOIN pg_catalog.pg_proc ON pg_proc.oid OPERATOR(pg_catalog.=) oprcode
  WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass AND NOT prosecdef
)
SELECT rights, code.kind, code.name, rolname AS owner
FROM me
JOIN code ON code.owner OPERATOR(pg_catalog.<>) me.oid
JOIN pg_catalog.pg_roles ON pg_roles.oid OPERATOR(pg_catalog.=) code.owner
WHERE rights IS NOT NULL AND NOT rolsuper
ORDER BY code.kind DESC, code.name
LIMIT 20
