-- Warnings for an operator before using the table: other relations of the same name, and whether other owners' code may run.
-- $1 text  the table, in full          $2 text  the table as the user named it, null if that has a schema
-- `named` is the relation that the user's name denotes on the search path now. `namesake` is another relation of the same name
-- in a schema that this role may use. `others` is there if this role has privileges that others lack, and anything in the database
-- belongs neither to it nor to a superuser: only then may the table run such code (code.sql, which takes much longer).
WITH watched AS (
  SELECT pg_class.oid, relname, relowner
  FROM pg_catalog.pg_class
  WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1::pg_catalog.text)
),
me AS (
  -- include fragments/own-rights.sql
),
harmless AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper OR rolname OPERATOR(pg_catalog.=) current_user
)
SELECT 'named' AS kind, pg_catalog.json_build_object(
    'name', (
      SELECT pg_catalog.quote_ident(nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(relname)
      FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
      WHERE pg_class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($2::pg_catalog.text)),
    'owner', (SELECT rolname FROM watched JOIN pg_catalog.pg_roles ON pg_roles.oid OPERATOR(pg_catalog.=) relowner)) AS body
UNION ALL
(SELECT 'namesake', pg_catalog.json_build_object(
    'name', pg_catalog.quote_ident(nspname)
      OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(other.relname),
    'on_path', nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false)),
    'same_owner', other.relowner OPERATOR(pg_catalog.=) watched.relowner)
FROM watched
JOIN pg_catalog.pg_class AS other ON other.relname OPERATOR(pg_catalog.=) watched.relname
  AND other.oid OPERATOR(pg_catalog.<>) watched.oid
JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) other.relnamespace
WHERE other.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f'])
  AND other.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND pg_catalog.has_schema_privilege(pg_namespace.oid, 'USAGE')
ORDER BY pg_catalog.array_position(pg_catalog.current_schemas(false), nspname), nspname
LIMIT 20)
UNION ALL
SELECT 'others', NULL
FROM me
WHERE rights IS NOT NULL
  AND (
    EXISTS (SELECT FROM pg_catalog.pg_class WHERE relowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT oid FROM harmless)))
    OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE typowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT oid FROM harmless)))
    OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT oid FROM harmless)))
  )
