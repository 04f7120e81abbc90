-- Optional: a trigger that lets nobody but an operator take an operation out of `paused` or `skipped`.
--
-- Why: the specification's progress update sets `status = 'running'` by id alone, so a worker that does not look takes an
-- operator's pause back with its next batch, and its completion or failure update ends what was paused or skipped.
--
-- What it does: where a row is paused or skipped and an update by anybody else would change its status, `status` and
-- `completed_at` stay as they are. All other columns are written as the update says, and the update succeeds: the worker
-- sees one row changed, its counters and error message are kept, and it is not broken. It goes on until it looks.
--
-- An operator is a transaction, or a session, that says so. migtop does; by hand it is
--   BEGIN; SET LOCAL migtop.operator = 'ana'; UPDATE migration_control SET status = 'running' WHERE id = 7; COMMIT;
-- (SET without LOCAL lasts for the session, and behind a pooler for whoever has the connection next.) Any role may say so:
-- this keeps mistakes out, not malice.
--
-- What it costs: an update that writes `status` pays for a row lock that comes a moment earlier and for one comparison, and
-- where it would change a row that is held, for the function too (bench/results/guard.json; to measure it again:
-- `node scripts/bench-guard.ts`). Updates of other columns, INSERT, COPY, DELETE and SELECT pay nothing.
--
-- Install: psql -v ON_ERROR_STOP=1 -f guard.sql, as the table's owner, who also needs CREATE on its schema. Safe while
-- workers run: it waits at most two seconds for a moment without open writes, and otherwise ends with a lock timeout and has
-- changed nothing; then run it again. Running it again where it is installed changes nothing, and waits for nobody.
-- Remove: guard-remove.sql. Another table: change the one line that begins with `SET LOCAL migtop.control_table`.
-- PostgreSQL 12 or newer; 13 where the table is partitioned.

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

CREATE OR REPLACE FUNCTION migtop_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.status IN ('paused', 'skipped') AND coalesce(current_setting('migtop.operator', true), '') = '' THEN
    NEW.status := OLD.status;
    NEW.completed_at := OLD.completed_at;
  END IF;
  RETURN NEW;
END
$$;

DO $$
DECLARE
  control oid := current_setting('migtop.control_table')::regclass;
BEGIN
  -- To drop a trigger that is there and works would lock out the readers too.
  IF EXISTS (
    SELECT FROM pg_trigger
    WHERE tgrelid = control AND tgname = 'migtop_guard'
      AND tgfoid = 'migtop_guard()'::regprocedure::oid AND tgenabled IN ('O', 'A')
  ) THEN
    RETURN;
  END IF;
  EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS migtop_guard ON %s', control::regclass);
  -- PostgreSQL prepares the condition anew for every statement: with `OLD.status IN (...)` in it, which the function asks
  -- instead, updates cost a third more of the server's time, and not a tenth.
  EXECUTE pg_catalog.format(
    'CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON %s FOR EACH ROW'
    ' WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION migtop_guard()',
    control::regclass);
END
$$;

COMMIT;
