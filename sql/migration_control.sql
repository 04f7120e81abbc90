-- The table in which a migration is tracked, as its specification defines it, in the first schema of the search path.
--
-- Can be run again: the table and its rows stay as they are, and a missing index is created. It is safe from objects that other
-- roles created in the schemas of the search path: the checks call only PostgreSQL's own operators, and a check that an earlier
-- run, or the specification's own text, bound to another role's operator is created again. If it has to wait for other sessions
-- that use the table, it waits a maximum of two seconds; otherwise it ends with a lock timeout; then run it again.

DO $install$
DECLARE
  caller pg_catalog.text := pg_catalog.current_setting('search_path');
  patience pg_catalog.text := pg_catalog.current_setting('lock_timeout');
  place pg_catalog.text := pg_catalog.current_schema();
  -- phase IN (...) and status IN (...), as PostgreSQL reads them if no other role has created operators.
  phases CONSTANT pg_catalog.text := $check$phase::pg_catalog.text OPERATOR(pg_catalog.=) ANY ((ARRAY[
      'discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'
    ]::pg_catalog.varchar[])::pg_catalog.text[])$check$;
  statuses CONSTANT pg_catalog.text := $check$status::pg_catalog.text OPERATOR(pg_catalog.=) ANY ((ARRAY[
      'pending', 'running', 'completed', 'failed', 'paused', 'skipped'
    ]::pg_catalog.varchar[])::pg_catalog.text[])$check$;
  control pg_catalog.oid;
  named pg_catalog.text;
  definition pg_catalog.text;
  found_index pg_catalog.oid;
BEGIN
  -- From here on only PostgreSQL's own functions, operators and types are found, and all other names are written in full.
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF place IS NULL OR place = (SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()) THEN
    RAISE EXCEPTION 'no schema has been selected to create in' USING ERRCODE = 'invalid_schema_name';
  END IF;
  PERFORM set_config('lock_timeout', '2s', true);

  EXECUTE format($sql$
    CREATE TABLE IF NOT EXISTS %I.migration_control (
      id SERIAL PRIMARY KEY,
      phase VARCHAR NOT NULL,
      table_name VARCHAR NOT NULL,
      operation VARCHAR NOT NULL,
      status VARCHAR NOT NULL,
      records_processed INTEGER,
      total_records INTEGER,
      started_at TIMESTAMP,
      completed_at TIMESTAMP,
      error_message TEXT,
      batch_size INTEGER,
      worker_id INTEGER,
      source_query TEXT,
      validation_query TEXT,

      CONSTRAINT migration_control_phase_check CHECK (%s),
      CONSTRAINT migration_control_status_check CHECK (%s)
    )$sql$, place, phases, statuses);
  control := to_regclass(quote_ident(place) || '.migration_control');

  FOR named, definition IN VALUES
    ('idx_migration_control_phase', 'phase'),
    ('idx_migration_control_status', 'status'),
    ('idx_migration_control_table', 'table_name'),
    ('idx_migration_control_started_at', 'started_at')
  LOOP
    found_index := to_regclass(quote_ident(place) || '.' || named);
    -- Creating an existing index would wait for open writes too.
    CONTINUE WHEN EXISTS (SELECT FROM pg_index WHERE indexrelid = found_index AND indrelid = control);
    IF found_index IS NOT NULL THEN
      RAISE EXCEPTION '%.% is no index of migration_control: it belongs to %', quote_ident(place), named,
        (SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = found_index)
        USING ERRCODE = 'duplicate_table', HINT = 'Look at it, then rename it or drop it.';
    END IF;
    EXECUTE format('CREATE INDEX %I ON %s(%I)', named, control::regclass, definition);
  END LOOP;

  -- pg_depend does not record dependencies on PostgreSQL's own operators: they are pinned.
  FOR named, definition IN VALUES ('migration_control_phase_check', phases), ('migration_control_status_check', statuses)
  LOOP
    IF EXISTS (
      SELECT FROM pg_constraint JOIN pg_depend ON classid = 'pg_constraint'::regclass AND objid = pg_constraint.oid
      WHERE conrelid = control AND conname = named AND contype = 'c'
        AND refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass)
    ) THEN
      EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I CHECK (%3$s) NOT VALID',
        control::regclass, named, definition);
    END IF;
  END LOOP;

  PERFORM set_config('search_path', caller, true);
  PERFORM pg_catalog.set_config('lock_timeout', patience, true);
END
$install$;

-- Checks the existing rows against a check that was created again, while other sessions continue to write.
DO $validate$
DECLARE
  caller pg_catalog.text := pg_catalog.current_setting('search_path');
  control pg_catalog.oid := pg_catalog.to_regclass(
    pg_catalog.concat(pg_catalog.quote_ident(pg_catalog.current_schema()), '.migration_control'));
  named pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  FOR named IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = control AND NOT convalidated
      AND conname IN ('migration_control_phase_check', 'migration_control_status_check')
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', control::regclass, named);
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING '% keeps new rows right, but the table has rows already that it would refuse', named;
    END;
  END LOOP;
  PERFORM set_config('search_path', caller, true);
END
$validate$;
