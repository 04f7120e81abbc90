-- Removes the guard that guard.sql installed. Can be run again; if it is not installed nothing happens.
-- Run it as the table's owner. It waits a maximum of two seconds for the table; otherwise it ends with a lock timeout and changes
-- nothing; then run it again. For another table, change the one line that begins with `SET LOCAL migtop.control_table`.

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
  control oid := current_setting('migtop.control_oid')::oid;
  guard oid;
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS migtop_guard ON %s', control::regclass);
  -- The function stays if it still guards another control table of the same schema, or belongs to another role.
  SELECT pg_proc.oid INTO guard
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_proc ON pg_proc.oid = to_regprocedure(quote_ident(nspname) || '.migtop_guard()')
    JOIN pg_database ON datname = current_database()
  WHERE pg_class.oid = control
    AND (pg_has_role(proowner, relowner, 'MEMBER') OR pg_has_role(proowner, datdba, 'MEMBER'))
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = pg_proc.oid);
  IF guard IS NOT NULL THEN
    EXECUTE format('DROP FUNCTION %s', guard::regprocedure);
  END IF;
END
$remove$;

COMMIT;
