-- Optional: a trigger that allows only an operator to take an operation out of `paused` or `skipped`.
--
-- Why: the specification's progress update sets `status = 'running'` by id alone. A worker that does not check the status
-- therefore undoes an operator's pause with its next batch, and its completion or failure update ends a paused or skipped row.
--
-- Effect: if a row is paused or skipped and an update by any other role would change its status, `status` and
-- `completed_at` stay as they are. All other columns are written as the update says, and the update succeeds: the worker
-- sees one row changed, and its counters and error message are kept. The worker continues until it checks the status.
--
-- An operator is a transaction, or a session, that declares itself one. migtop does; by hand it is
--   BEGIN; SET LOCAL migtop.operator = 'ana'; UPDATE migration_control SET status = 'running' WHERE id = 7; COMMIT;
-- (SET without LOCAL lasts for the session, and behind a pooler also for the next client of the connection.) Any role may do
-- so: the guard prevents mistakes, not attacks.
--
-- Cost: an update that writes `status` takes its row lock a moment earlier and makes one comparison; if it would change
-- a paused or skipped row, it also calls the function (bench/results/guard.json; to measure it again:
-- `npm run bench:guard`). Updates of other columns, INSERT, COPY, DELETE and SELECT cost nothing more.
--
-- Install: migtop init --guard --apply, or psql -v ON_ERROR_STOP=1 -f guard.sql, as the table's owner, who also needs CREATE
-- on its schema. Safe while workers run: it waits a maximum of two seconds for a moment without open writes; otherwise it ends
-- with a lock timeout and changes nothing; then run it again. If it is installed already, running it again changes nothing and
-- waits for no session. If an earlier run bound another role's function or operator, or the trigger was changed, it is created
-- again. A function migtop_guard() that belongs to another role is refused. Remove: migtop init --guard --remove --apply, or
-- guard-remove.sql. For another table, change the one line that begins with `SET LOCAL migtop.control_table`. PostgreSQL 12 or
-- newer; 13 if the table is partitioned.

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
  control oid := current_setting('migtop.control_oid')::oid;
  place text;
  control_owner oid;
  guard oid;
  guard_owner oid;
  body text := $body$
BEGIN
  IF OLD.status::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['paused', 'skipped']::pg_catalog.text[])
     AND coalesce(pg_catalog.current_setting('migtop.operator', true), '') OPERATOR(pg_catalog.=) '' THEN
    NEW.status := OLD.status;
    NEW.completed_at := OLD.completed_at;
  END IF;
  RETURN NEW;
END
$body$;
BEGIN
  -- If two installations run at once, the second one finds the objects of the first one.
  PERFORM pg_advisory_xact_lock(hashtext('migtop_guard'), control::int8::bit(32)::int4);

  SELECT quote_ident(nspname), relowner INTO place, control_owner
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = control;

  -- The owner of the function decides which code runs in every update of the table.
  IF NOT pg_has_role(current_user, control_owner, 'MEMBER') AND NOT EXISTS (
    SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'MEMBER')
  ) THEN
    RAISE EXCEPTION 'role % may not install the guard on %', quote_ident(current_user), control::regclass
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('Run migtop init --guard --apply as its owner, %s.', quote_ident(pg_get_userbyid(control_owner)));
  END IF;

  SELECT oid, proowner INTO guard, guard_owner FROM pg_proc WHERE oid = to_regprocedure(place || '.migtop_guard()');
  IF guard IS NOT NULL AND NOT pg_has_role(guard_owner, control_owner, 'MEMBER') AND NOT EXISTS (
    SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(guard_owner, datdba, 'MEMBER')
  ) THEN
    RAISE EXCEPTION 'the function %.migtop_guard() is not the guard''s: it belongs to %',
      place, quote_ident(pg_get_userbyid(guard_owner))
      USING ERRCODE = 'duplicate_function',
        HINT = format('Look at it, then remove it with: DROP FUNCTION %s.migtop_guard() CASCADE', place);
  END IF;

  -- If a function of that name is created at this moment, CREATE fails; the function is not adopted.
  IF guard IS NULL OR NOT EXISTS (
    SELECT FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
    WHERE pg_proc.oid = guard AND lanname = 'plpgsql' AND prosrc = body AND NOT prosecdef
      AND proconfig = ARRAY['search_path=pg_catalog, pg_temp'] AND prorettype = 'trigger'::regtype
  ) THEN
    EXECUTE format(
      'CREATE %s FUNCTION %s.migtop_guard() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER'
      ' SET search_path = pg_catalog, pg_temp AS %L',
      CASE WHEN guard IS NULL THEN '' ELSE 'OR REPLACE' END, place, body);
    guard := to_regprocedure(place || '.migtop_guard()');
  END IF;

  -- Dropping a working trigger would block readers too. PostgreSQL prints a condition that calls another role's operator with
  -- that operator's schema.
  IF EXISTS (
    SELECT FROM pg_trigger
    WHERE tgrelid = control AND tgname = 'migtop_guard' AND tgfoid = guard AND tgenabled IN ('O', 'A') AND tgnargs = 0
      AND pg_get_triggerdef(oid) LIKE 'CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON % FOR EACH ROW WHEN (%'
      AND regexp_replace(substring(pg_get_triggerdef(oid) FROM ' FOR EACH ROW WHEN (.*) EXECUTE '),
        '[() ]|::text', '', 'g') = 'new.status<>old.status'
  ) THEN
    RETURN;
  END IF;
  EXECUTE format('DROP TRIGGER IF EXISTS migtop_guard ON %s', control::regclass);
  -- PostgreSQL prepares the condition again for every statement: with `OLD.status = ANY (...)` in it, which the function checks
  -- instead, updates cost a third more server time, not a tenth.
  EXECUTE format(
    'CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON %s FOR EACH ROW'
    ' WHEN (NEW.status::pg_catalog.text OPERATOR(pg_catalog.<>) OLD.status::pg_catalog.text)'
    ' EXECUTE FUNCTION %s.migtop_guard()',
    control::regclass, place);
END
$install$;

COMMIT;
