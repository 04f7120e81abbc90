-- Takes away what guard.sql installed. Can be run again; where it is not installed nothing happens.
-- Run it as the table's owner. It waits at most two seconds for the table, and otherwise ends with a lock timeout and has
-- changed nothing; then run it again. Another table: change the one line that begins with `SET LOCAL migtop.control_table`.

BEGIN;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';

DO $$
DECLARE
  control oid := current_setting('migtop.control_table')::regclass;
  guard oid;
BEGIN
  SELECT tgfoid INTO guard FROM pg_trigger WHERE tgrelid = control AND tgname = 'migtop_guard';
  EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS migtop_guard ON %s', control::regclass);
  -- Another control table of the same schema may still be guarded by the function.
  IF guard IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = guard) THEN
    EXECUTE pg_catalog.format('DROP FUNCTION %s', guard::regprocedure);
  END IF;
END
$$;

COMMIT;
