-- Removes the audit that audit.sql installed, with all its records. Can be run again; if it is not installed nothing happens.
-- Run it as the owner of migtop_audit.
--
-- It refuses to remove an audit table that has rows. Save them first, for example with
--   \copy migtop_audit TO 'migtop-audit.csv' CSV HEADER
-- and then run migtop init --audit --remove --discard-audit --apply, or write 'yes' in the line that begins with
-- `SET LOCAL migtop.discard_audit`. To stop recording and keep the rows where they are, rename the table instead:
-- ALTER TABLE migtop_audit RENAME TO migtop_audit_2026.
-- For another control table, change the one line that begins with `SET LOCAL migtop.control_table`.

BEGIN;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';
SET LOCAL migtop.discard_audit = 'no';

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
  audit pg_class;
  trusted oid[];
  recorded bigint;
  named oid;
BEGIN
  SELECT * INTO control FROM pg_class WHERE oid = current_setting('migtop.control_oid')::oid;
  SELECT quote_ident(nspname) INTO place FROM pg_namespace WHERE oid = control.relnamespace;
  SELECT * INTO audit FROM pg_class WHERE relname = 'migtop_audit' AND relnamespace = control.relnamespace;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT array_agg(pg_roles.oid) INTO trusted
  FROM pg_roles, pg_database
  WHERE datname = current_database()
    AND (pg_has_role(pg_roles.oid, control.relowner, 'MEMBER') OR pg_has_role(pg_roles.oid, datdba, 'MEMBER'));
  -- Counting the rows of another role's view or table may run its owner's code.
  IF audit.relkind <> 'r' OR audit.relrowsecurity OR NOT audit.relowner = ANY (trusted) THEN
    RAISE EXCEPTION '%.migtop_audit is not the audit: it belongs to %, or is not an ordinary table', place,
      quote_ident(pg_get_userbyid(audit.relowner))
      USING ERRCODE = 'wrong_object_type', HINT = format('Look at it, and drop it by hand: DROP TABLE %s.migtop_audit', place);
  END IF;
  -- No other session adds a row between the count and the drop.
  EXECUTE format('LOCK TABLE %s.migtop_audit IN ACCESS EXCLUSIVE MODE', place);
  EXECUTE format('SELECT count(*) FROM %s.migtop_audit', place) INTO recorded;
  IF recorded > 0 AND current_setting('migtop.discard_audit') <> 'yes' THEN
    RAISE EXCEPTION 'migtop_audit is not empty (% recorded)', recorded
      USING HINT = 'Save them, then run: migtop init --audit --remove --discard-audit --apply';
  END IF;
  EXECUTE format('DROP TABLE %s.migtop_audit', place);
  -- A renamed audit table still needs the functions; functions of another role are left unchanged.
  FOR named IN
    SELECT oid FROM pg_proc
    WHERE oid IN (to_regprocedure(place || '.migtop_audit_stamp()'), to_regprocedure(place || '.migtop_audit_refuse()'))
      AND proowner = ANY (trusted) AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = pg_proc.oid)
  LOOP
    EXECUTE format('DROP FUNCTION %s', named::regprocedure);
  END LOOP;
END
$remove$;

COMMIT;
