-- Takes away what audit.sql installed, and with it what was recorded. Can be run again; where it is not installed nothing
-- happens. Run it as the owner of migtop_audit.
--
-- A record is not lost by running a file: where there are rows it refuses. Save them first, for example with
--   \copy migtop_audit TO 'migtop-audit.csv' CSV HEADER
-- and then write 'yes' in the line that begins with `SET LOCAL migtop.discard_audit`. To stop recording and keep the rows
-- where they are, rename the table instead: ALTER TABLE migtop_audit RENAME TO migtop_audit_2026.
-- Another control table: change the one line that begins with `SET LOCAL migtop.control_table`.

BEGIN;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';
SET LOCAL migtop.discard_audit = 'no';

DO $$
DECLARE
  control oid := current_setting('migtop.control_table')::regclass;
  recorded bigint;
  named oid;
BEGIN
  PERFORM set_config('search_path', relnamespace::regnamespace::text, true) FROM pg_class WHERE oid = control;

  IF to_regclass('migtop_audit') IS NULL THEN
    RETURN;
  END IF;
  -- Nobody adds a row between the count and the drop.
  LOCK TABLE migtop_audit IN ACCESS EXCLUSIVE MODE;
  SELECT count(*) INTO recorded FROM migtop_audit;
  IF recorded > 0 AND current_setting('migtop.discard_audit') <> 'yes' THEN
    RAISE EXCEPTION 'migtop_audit is not empty (% recorded)', recorded
      USING HINT = 'Save them, then write ''yes'' after migtop.discard_audit in sql/options/audit-remove.sql.';
  END IF;
  DROP TABLE migtop_audit;
  -- A table that was renamed to be kept still needs them.
  FOR named IN
    SELECT oid FROM pg_proc
    WHERE oid IN (to_regprocedure('migtop_audit_stamp()')::oid, to_regprocedure('migtop_audit_refuse()')::oid)
      AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = pg_proc.oid)
  LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s', named::regprocedure);
  END LOOP;
END
$$;

COMMIT;
