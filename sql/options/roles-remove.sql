-- Takes the privileges on the control table, its sequence and its audit from the roles that roles.sql created, and drops the
-- roles unless other objects of the server grant them something. Can be run again; if they do not exist nothing happens.
-- Run it as the table's owner with CREATEROLE, or as a superuser. Members of the roles then no longer have these privileges.
-- For another control table, change the one line that begins with `SET LOCAL migtop.control_table`.

BEGIN;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';

-- The table is found on the caller's search path; the statements below call only PostgreSQL's own functions and operators.
DO $$
BEGIN
  PERFORM pg_catalog.set_config('migtop.control_oid',
    (pg_catalog.current_setting('migtop.control_table')::pg_catalog.regclass)::pg_catalog.oid::pg_catalog.text, true);
END
$$;
SET LOCAL search_path = pg_catalog, pg_temp;

DO $remove$
DECLARE
  control pg_class;
  place text;
  named text;
  ids text;
BEGIN
  SELECT * INTO control FROM pg_class WHERE oid = current_setting('migtop.control_oid')::oid;
  SELECT quote_ident(nspname) INTO place FROM pg_namespace WHERE oid = control.relnamespace;
  SELECT string_agg(pg_depend.objid::regclass::text, ', ') INTO ids
  FROM pg_attribute
    JOIN pg_depend ON refclassid = 'pg_class'::regclass AND refobjid = attrelid AND refobjsubid = attnum
      AND classid = 'pg_class'::regclass AND deptype = 'a'
    JOIN pg_class ON pg_class.oid = pg_depend.objid AND relkind = 'S'
  WHERE attrelid = control.oid AND attname = 'id';
  FOR named IN SELECT rolname FROM pg_roles WHERE rolname IN ('migtop_viewer', 'migtop_operator')
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %I', control.oid::regclass, named);
    IF ids IS NOT NULL THEN
      EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM %I', ids, named);
    END IF;
    IF EXISTS (
      SELECT FROM pg_class
      WHERE relname = 'migtop_audit' AND relnamespace = control.relnamespace AND relkind = 'r'
        AND pg_has_role(current_user, relowner, 'MEMBER')
    ) THEN
      EXECUTE format('REVOKE ALL ON TABLE %s.migtop_audit FROM %I', place, named);
    END IF;
    -- Another control table of the schema needs it.
    IF NOT EXISTS (
      SELECT FROM pg_class, aclexplode(relacl) AS privilege
      WHERE relnamespace = control.relnamespace AND privilege.grantee = (SELECT oid FROM pg_roles WHERE rolname = named)
    ) THEN
      EXECUTE format('REVOKE ALL ON SCHEMA %s FROM %I', place, named);
    END IF;
    BEGIN
      EXECUTE format('DROP ROLE %I', named);
    EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
      RAISE NOTICE 'the role % stays: other objects or roles need it', named;
    END;
  END LOOP;
END
$remove$;

COMMIT;
