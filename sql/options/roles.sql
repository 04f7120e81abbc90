-- Optional: two roles without login, to be granted to people: `migtop_viewer` can only read, `migtop_operator` can read, and
-- change only what the actions of migtop change.
--
-- Privileges: both read the control table, the sequence of its ids, and `migtop_audit` if it exists. The operator may also
-- update the columns `status`, `completed_at`, `started_at`, `error_message`, `batch_size`, `worker_id` and `validation_query`
-- (pause, resume, skip, take over, batch size; the last one has the mark of migtop/worker), insert an operation without choosing
-- its id (retry), and add rows to the audit without choosing their time and role. Neither of them may delete rows, change the
-- work or the counters of an operation, or change the table. An operation that an operator inserts may have any source query: workers
-- that run its text run it with their privileges. To grant one:
--   GRANT migtop_operator TO ana;
-- To show why a worker waits, migtop also needs membership in `pg_read_all_stats`, which this file does not grant.
--
-- Cost: none.
--
-- Install: migtop init --roles --apply, or psql -v ON_ERROR_STOP=1 -f roles.sql, as the table's owner with CREATEROLE, or as a
-- superuser; if the roles exist already, the owner needs no CREATEROLE. Roles belong to all databases of the server: another
-- control table uses the same two. Can be run again: both roles then have exactly these privileges again, also on an audit
-- table that was created since. A role of these names that may log in, has attributes or is a member of another role is
-- refused. Remove: migtop init --roles --remove --apply, or roles-remove.sql. For another table, change the one line that
-- begins with `SET LOCAL migtop.control_table`. PostgreSQL 12 or newer.

BEGIN;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
SET LOCAL migtop.control_table = 'migration_control';

-- The table is found on the caller's search path. From here on only PostgreSQL's own functions, operators and types are
-- found without their schema, and all other names are written in full.
DO $$
BEGIN
  PERFORM pg_catalog.set_config('migtop.control_oid',
    (pg_catalog.current_setting('migtop.control_table')::pg_catalog.regclass)::pg_catalog.oid::pg_catalog.text, true);
END
$$;
SET LOCAL search_path = pg_catalog, pg_temp;

DO $install$
DECLARE
  control pg_class;
  place text;
  audit pg_class;
  named text;
  wrong text;
  ids text;
BEGIN
  SELECT * INTO control FROM pg_class WHERE oid = current_setting('migtop.control_oid')::oid;
  SELECT quote_ident(nspname) INTO place FROM pg_namespace WHERE oid = control.relnamespace;
  -- If two installations run at once, the second one finds the roles of the first one.
  PERFORM pg_advisory_xact_lock(hashtext('migtop_roles'), 0);

  IF NOT pg_has_role(current_user, control.relowner, 'MEMBER') THEN
    RAISE EXCEPTION 'role % may not grant privileges on %', quote_ident(current_user), control.oid::regclass
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('Run migtop init --roles --apply as its owner, %s.', quote_ident(pg_get_userbyid(control.relowner)));
  END IF;

  FOREACH named IN ARRAY ARRAY['migtop_viewer', 'migtop_operator']
  LOOP
    SELECT CASE
        WHEN rolcanlogin THEN 'it may log in'
        WHEN rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls THEN 'it has attributes'
        WHEN EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) THEN 'it is a member of another role'
      END INTO wrong
    FROM pg_roles WHERE rolname = named;
    IF NOT FOUND THEN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolcreaterole OR rolsuper)) THEN
        RAISE EXCEPTION 'role % may not create the role %', quote_ident(current_user), named
          USING ERRCODE = 'insufficient_privilege',
            HINT = 'Ask a role with CREATEROLE for: CREATE ROLE migtop_viewer; CREATE ROLE migtop_operator';
      END IF;
      EXECUTE format('CREATE ROLE %I NOLOGIN', named);
    ELSIF wrong IS NOT NULL THEN
      RAISE EXCEPTION 'the role % is not used: %', named, wrong
        USING ERRCODE = 'duplicate_object', HINT = 'Look at it, then rename it: ALTER ROLE ... RENAME TO ...';
    END IF;
  END LOOP;

  -- First revokes what was granted by hand. Without USAGE on the schema, the roles could not find the table.
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO migtop_viewer, migtop_operator', place);
  EXECUTE format('REVOKE ALL ON TABLE %s FROM migtop_viewer, migtop_operator', control.oid::regclass);
  EXECUTE format('GRANT SELECT ON TABLE %s TO migtop_viewer, migtop_operator', control.oid::regclass);
  EXECUTE format(
    'GRANT UPDATE (status, completed_at, started_at, error_message, batch_size, worker_id, validation_query), INSERT (phase,'
    ' table_name, operation, status, records_processed, total_records, batch_size, source_query, validation_query) ON TABLE %s TO migtop_operator',
    control.oid::regclass);

  -- The sequence of a SERIAL column; that of an identity column needs no privilege.
  SELECT string_agg(pg_depend.objid::regclass::text, ', ') INTO ids
  FROM pg_attribute
    JOIN pg_depend ON refclassid = 'pg_class'::regclass AND refobjid = attrelid AND refobjsubid = attnum
      AND classid = 'pg_class'::regclass AND deptype = 'a'
    JOIN pg_class ON pg_class.oid = pg_depend.objid AND relkind = 'S'
  WHERE attrelid = control.oid AND attname = 'id';
  IF ids IS NOT NULL THEN
    EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM migtop_viewer, migtop_operator', ids);
    -- Reading it shows whether it is behind the ids.
    EXECUTE format('GRANT SELECT ON SEQUENCE %s TO migtop_viewer, migtop_operator', ids);
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO migtop_operator', ids);
  END IF;

  SELECT * INTO audit FROM pg_class WHERE relname = 'migtop_audit' AND relnamespace = control.relnamespace AND relkind = 'r';
  IF FOUND AND pg_has_role(current_user, audit.relowner, 'MEMBER') THEN
    EXECUTE format('REVOKE ALL ON TABLE %s.migtop_audit FROM migtop_viewer, migtop_operator', place);
    EXECUTE format('GRANT SELECT ON TABLE %s.migtop_audit TO migtop_viewer, migtop_operator', place);
    -- Of an audit of an earlier version: the columns that it has.
    EXECUTE (
      SELECT format('GRANT INSERT (%s) ON TABLE %s.migtop_audit TO migtop_operator', string_agg(quote_ident(attname), ', '), place)
      FROM pg_attribute
      WHERE attrelid = audit.oid AND attnum > 0 AND NOT attisdropped
        AND attname NOT IN ('id', 'at', 'database_role'));
  END IF;
END
$install$;

COMMIT;
