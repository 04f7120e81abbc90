-- Optional: the table `migtop_audit`, in which migtop writes down what operators did: who, from where, what, to which
-- operation, why, and what came of it.
--
-- What it does: with the table there, migtop writes one row for each action, in the statement that makes it: no change
-- without its row, and no row for a change that was rolled back. What workers write is not recorded, and neither is what is
-- done by hand. Rows can be added and read, and nothing else: UPDATE, DELETE and TRUNCATE are refused for everybody, the
-- owner too. `at` and `database_role` (the role that logged in) are the database's own words, whatever an INSERT says;
-- `os_user`, `host` and `client` are what the operator's machine said.
--
-- Whoever owns the table can drop it, and its triggers. Where that matters, install it as a role that nobody works as.
--
-- What it costs: workers nothing, for the control table is left as it is. An action writes one row more.
--
-- Install: psql -v ON_ERROR_STOP=1 -f audit.sql, as a role with CREATE on the control table's schema. Can be run again: the
-- rows stay. Remove: audit-remove.sql. Another table: change the one line that begins with `SET LOCAL migtop.control_table`;
-- migtop_audit is made in that table's schema, and two control tables of one schema share it. PostgreSQL 12 or newer.
--
-- Roles that hold UPDATE on the control table's status when this runs are granted what they need. For one that comes later:
--   GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason,
--     outcome) ON migtop_audit TO ana;

BEGIN;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';

-- What follows is made in the schema of that table. Others may have functions and operators there, so nothing below is
-- compared or called but with the very types that PostgreSQL's own have.
DO $$
DECLARE
  control oid := current_setting('migtop.control_table')::regclass;
BEGIN
  PERFORM set_config('search_path', relnamespace::regnamespace::text, true) FROM pg_class WHERE oid = control;
END
$$;

CREATE TABLE IF NOT EXISTS migtop_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  database_role text NOT NULL DEFAULT session_user,
  os_user text,
  host text,
  client text,
  action text NOT NULL,
  operation_id bigint NOT NULL,
  from_status text,
  to_status text,
  actual_status text,
  reason text,
  outcome text NOT NULL
);

COMMENT ON TABLE migtop_audit IS 'What operators did with migtop; append-only';
COMMENT ON COLUMN migtop_audit.database_role IS 'The role that logged in, set by the database';
COMMENT ON COLUMN migtop_audit.os_user IS 'As the operator''s machine said';
COMMENT ON COLUMN migtop_audit.from_status IS 'The status that the operator saw';
COMMENT ON COLUMN migtop_audit.to_status IS 'The status that the operator asked for';
COMMENT ON COLUMN migtop_audit.actual_status IS 'The status that the operation had afterwards; null where it was gone';
COMMENT ON COLUMN migtop_audit.outcome IS
  'moved, stale (it no longer was what the operator saw), kept (a trigger kept its status), gone, or the program''s word';

CREATE OR REPLACE FUNCTION migtop_audit_stamp() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.at := clock_timestamp();
  NEW.database_role := session_user;
  RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION migtop_audit_refuse() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege', HINT = 'sql/options/audit-remove.sql takes the whole table away.';
END
$$;

DROP TRIGGER IF EXISTS migtop_audit_stamp ON migtop_audit;
CREATE TRIGGER migtop_audit_stamp BEFORE INSERT ON migtop_audit
  FOR EACH ROW EXECUTE FUNCTION migtop_audit_stamp();

DROP TRIGGER IF EXISTS migtop_audit_refuse ON migtop_audit;
CREATE TRIGGER migtop_audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON migtop_audit
  FOR EACH STATEMENT EXECUTE FUNCTION migtop_audit_refuse();
-- In a session that applies a replica's changes too. The stamp is not: what is replicated has its own.
ALTER TABLE migtop_audit ENABLE ALWAYS TRIGGER migtop_audit_refuse;

-- The owner of the control table, and whoever may update its status (0 stands for PUBLIC). The columns that the database
-- fills are left out: naming one of them in an INSERT is then refused, not merely overruled.
DO $$
DECLARE
  control oid := current_setting('migtop.control_table')::regclass;
  grantee text;
BEGIN
  FOR grantee IN
    WITH held AS (
      SELECT relowner AS role FROM pg_class WHERE oid = control
      UNION
      SELECT privilege.grantee FROM pg_class, aclexplode(relacl) AS privilege
      WHERE oid = control AND privilege_type = 'UPDATE'
      UNION
      SELECT privilege.grantee FROM pg_attribute, aclexplode(attacl) AS privilege
      WHERE attrelid = control AND attname = 'status' AND privilege_type = 'UPDATE'
    )
    SELECT CASE WHEN role = 0::oid THEN 'PUBLIC' ELSE role::regrole::text END
    FROM held
    WHERE role <> (SELECT relowner FROM pg_class WHERE oid = 'migtop_audit'::regclass::oid)
  LOOP
    EXECUTE pg_catalog.format(
      'GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason,'
      ' outcome) ON migtop_audit TO %s',
      grantee);
  END LOOP;
END
$$;

COMMIT;
