-- Optional: the table `migtop_audit`, in which migtop records the actions of operators: who, from where, which action, on which
-- operation, why, and the outcome.
--
-- Effect: if the table exists, migtop writes one row for each action, in the statement that makes the change: no change
-- without its row, and no row for a change that was rolled back. Changes by workers and changes by hand are not recorded. Rows
-- can only be added and read: UPDATE, DELETE and TRUNCATE are refused for every role, the owner too. The database sets `at` and
-- `database_role` (the role that logged in), whatever an INSERT says; `os_user`, `host` and `client` are as the operator's
-- machine reports them.
--
-- The owner of the table can drop it, and its triggers. If that matters, install it as a superuser or as the database's owner.
-- migtop uses the table only if its owner is one of these, a member of the control table's owner, or the role that runs migtop,
-- and if no other role's code is attached to it. Otherwise it reports that and keeps the audit on the operator's machine.
--
-- Cost: nothing for workers, because the control table is not changed. An action writes one more row.
--
-- Install: migtop init --audit --apply, or psql -v ON_ERROR_STOP=1 -f audit.sql, as the control table's owner, the database's
-- owner or a superuser, with CREATE on the control table's schema. Can be run again: the rows stay, and a table of an earlier
-- version gets the columns that it lacks. If a table or function of that name belongs to another role or was changed, the file
-- refuses it and changes nothing. Remove: migtop init --audit --remove --apply, or audit-remove.sql. For another table, change
-- the one line that begins with `SET LOCAL migtop.control_table`; migtop_audit is created in that table's schema, and two
-- control tables of one schema share it (`table_oid` tells them apart). PostgreSQL 12 or newer.
--
-- Roles that have UPDATE on the control table's status when this runs are granted what they need. For a role created later:
--   GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason,
--     outcome, action_key, table_oid, control_table, operation_identity, row_version) ON migtop_audit TO ana;

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
  audit text;
  found_audit pg_class;
  trusted oid[];
  wrong text;
  named text;
  body text;
  event text;
  existing pg_proc;
  grantee text;
BEGIN
  SELECT * INTO control FROM pg_class WHERE oid = current_setting('migtop.control_oid')::oid;
  SELECT quote_ident(nspname), quote_ident(nspname) || '.migtop_audit' INTO place, audit
  FROM pg_namespace WHERE oid = control.relnamespace;
  -- If two installations run at once, the second one finds the objects of the first one.
  PERFORM pg_advisory_xact_lock(hashtext('migtop_audit'), control.relnamespace::int8::bit(32)::int4);

  -- The roles that could do anything to the control table: its owner, the database's owner, superusers.
  SELECT array_agg(pg_roles.oid) INTO trusted
  FROM pg_roles, pg_database
  WHERE datname = current_database()
    AND (pg_has_role(pg_roles.oid, control.relowner, 'MEMBER') OR pg_has_role(pg_roles.oid, datdba, 'MEMBER'));

  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND oid = ANY (trusted)) THEN
    RAISE EXCEPTION 'role % may not install the audit of %', quote_ident(current_user), control.oid::regclass
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('Run migtop init --audit --apply as its owner, %s.', quote_ident(pg_get_userbyid(control.relowner)));
  END IF;

  -- Existing objects are checked before anything is created.
  SELECT * INTO found_audit FROM pg_class WHERE relname = 'migtop_audit' AND relnamespace = control.relnamespace;
  IF FOUND THEN
    wrong := CASE
      WHEN NOT found_audit.relowner = ANY (trusted) THEN
        format('it belongs to %s', quote_ident(pg_get_userbyid(found_audit.relowner)))
      WHEN NOT pg_has_role(current_user, found_audit.relowner, 'MEMBER') THEN
        format('run this as its owner, %s', quote_ident(pg_get_userbyid(found_audit.relowner)))
      WHEN found_audit.relkind <> 'r' OR found_audit.relpersistence <> 'p' THEN 'it is not an ordinary table'
      WHEN found_audit.relrowsecurity OR found_audit.relforcerowsecurity
        OR EXISTS (SELECT FROM pg_policy WHERE polrelid = found_audit.oid) THEN 'it has row-level security'
      WHEN EXISTS (SELECT FROM pg_rewrite WHERE ev_class = found_audit.oid) THEN 'it has a rule'
      WHEN EXISTS (SELECT FROM pg_inherits WHERE found_audit.oid IN (inhrelid, inhparent))
        THEN 'it inherits, or is inherited from'
    END;
    IF wrong IS NULL THEN
      -- No other session changes it between the check and the use.
      EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', audit);
      SELECT format('its column %s is missing or not %s', name, type::oid::regtype) INTO wrong
      FROM unnest(
        ARRAY['id', 'at', 'database_role', 'os_user', 'host', 'client', 'action', 'operation_id', 'from_status', 'to_status',
          'actual_status', 'reason', 'outcome'],
        ARRAY['int8', 'timestamptz', 'text', 'text', 'text', 'text', 'text', 'int8', 'text', 'text', 'text', 'text', 'text']
          ::regtype[]) AS shape (name, type)
      WHERE NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = found_audit.oid AND attname = name AND atttypid = type AND attnum > 0 AND NOT attisdropped)
      LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
      SELECT format('its column %s is not %s', attname, type::oid::regtype) INTO wrong
      FROM unnest(
        ARRAY['action_key', 'table_oid', 'control_table', 'operation_identity', 'row_version'],
        ARRAY['uuid', 'oid', 'text', 'text', 'text']::regtype[]) AS shape (name, type)
      JOIN pg_attribute ON attrelid = found_audit.oid AND attname = name AND NOT attisdropped AND atttypid <> type
      LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
      SELECT format('it has the column %s, which is not the audit''s', quote_ident(attname)) INTO wrong
      FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
      WHERE attrelid = found_audit.oid AND attnum > 0 AND NOT attisdropped
        AND (typnamespace <> 'pg_catalog'::regnamespace
          OR attnotnull AND attname NOT IN ('id', 'at', 'database_role', 'action', 'operation_id', 'outcome'))
      LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
      -- Defaults, generated columns, checks and indexes run in the INSERT of every operator. PostgreSQL's own functions and
      -- operators are pinned: pg_depend does not record dependencies on them.
      SELECT format('one of its defaults, checks or indexes calls %s', pg_describe_object(refclassid, refobjid, 0)) INTO wrong
      FROM pg_depend
      WHERE refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
        AND (classid = 'pg_attrdef'::regclass AND objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = found_audit.oid)
          OR classid = 'pg_constraint'::regclass AND objid IN (SELECT oid FROM pg_constraint WHERE conrelid = found_audit.oid)
          OR classid = 'pg_class'::regclass AND objid IN (SELECT indexrelid FROM pg_index WHERE indrelid = found_audit.oid))
      LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
      SELECT format('it has the trigger %s, whose function %s belongs to %s', quote_ident(tgname), tgfoid::regprocedure,
        quote_ident(pg_get_userbyid(proowner))) INTO wrong
      FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
      WHERE tgrelid = found_audit.oid AND NOT tgisinternal AND tgname NOT IN ('migtop_audit_stamp', 'migtop_audit_refuse')
        -- A trigger of the owner may run after an INSERT, but not before it: if it drops the row, the action has no record.
        AND (NOT proowner = ANY (trusted) OR tgtype & 2 = 2 AND tgtype & 4 = 4 OR EXISTS (
          -- Its condition runs in the INSERT too.
          SELECT FROM pg_depend
          WHERE classid = 'pg_trigger'::regclass AND objid = pg_trigger.oid AND refobjid <> tgfoid
            AND refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)))
      LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
      RAISE EXCEPTION '% is not used as the audit: %', audit, wrong
        USING ERRCODE = CASE WHEN wrong LIKE 'its column %' THEN 'undefined_column' ELSE 'duplicate_table' END,
          HINT = format('If it is not yours, look at it, then rename it: ALTER TABLE %s RENAME TO ...', audit);
    END IF;
  ELSE
    -- If a table of that name is created at this moment, CREATE fails; the table is not adopted.
    EXECUTE format($sql$
      CREATE TABLE %s (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
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
      )$sql$, audit);
  END IF;

  -- Version 2: each action has a key, and each row names its control table.
  IF EXISTS (
    SELECT FROM unnest(ARRAY['action_key', 'table_oid', 'control_table']) AS shape (name)
    WHERE NOT EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = to_regclass(audit) AND attname = shape.name AND NOT attisdropped)
  ) THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS action_key uuid, ADD COLUMN IF NOT EXISTS table_oid oid,'
      ' ADD COLUMN IF NOT EXISTS control_table text', audit);
  END IF;
  -- Version 3: which of several operations with one id, and which version of its row.
  IF NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass(audit) AND NOT attisdropped
      AND attname = ANY (ARRAY['operation_identity', 'row_version'])
    HAVING count(*) = 2
  ) THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS operation_identity text,'
      ' ADD COLUMN IF NOT EXISTS row_version text', audit);
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = to_regclass(audit) AND indisunique AND indisvalid AND indnatts = 1 AND indpred IS NULL
      AND attname = 'action_key'
  ) THEN
    -- One row for each action: a second one with the same key is refused.
    EXECUTE format('ALTER TABLE %s ADD UNIQUE (action_key)', audit);
  END IF;

  EXECUTE format($sql$
    COMMENT ON TABLE %1$s IS 'What operators did with migtop; append-only. Version 3';
    COMMENT ON COLUMN %1$s.database_role IS 'The role that logged in, set by the database';
    COMMENT ON COLUMN %1$s.os_user IS 'As the operator''s machine said';
    COMMENT ON COLUMN %1$s.from_status IS 'The status that the operator saw';
    COMMENT ON COLUMN %1$s.to_status IS 'The status that the operator asked for';
    COMMENT ON COLUMN %1$s.actual_status IS 'The status that the operation had afterwards; null where it was gone';
    COMMENT ON COLUMN %1$s.outcome IS 'applied (version 1: moved), stale (it no longer was what the operator saw), kept'
      ' (a trigger kept its status), gone, or the program''s word';
    COMMENT ON COLUMN %1$s.action_key IS 'Made by the program for each action; null in rows of version 1';
    COMMENT ON COLUMN %1$s.table_oid IS 'The control table; null in rows of version 1';
    COMMENT ON COLUMN %1$s.control_table IS 'The name that it had';
    COMMENT ON COLUMN %1$s.operation_identity IS 'The first 12 digits of md5 over phase, table_name and operation, separated by'
      ' chr(31); null in rows of versions 1 and 2';
    COMMENT ON COLUMN %1$s.row_version IS 'Of an accepted failure: the version (xmin) of the row that the operator saw';
  $sql$, audit);

  FOR named, body IN VALUES
    ('migtop_audit_stamp', $body$
BEGIN
  NEW.at := pg_catalog.clock_timestamp();
  NEW.database_role := session_user;
  RETURN NEW;
END
$body$),
    ('migtop_audit_refuse', $body$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege', HINT = 'migtop init --audit --remove removes the whole table.';
END
$body$)
  LOOP
    SELECT * INTO existing FROM pg_proc WHERE oid = to_regprocedure(format('%s.%I()', place, named));
    IF FOUND AND NOT existing.proowner = ANY (trusted) THEN
      RAISE EXCEPTION 'the function %.%() is not the audit''s: it belongs to %', place, named,
        quote_ident(pg_get_userbyid(existing.proowner))
        USING ERRCODE = 'duplicate_function',
          HINT = format('Look at it, then remove it with: DROP FUNCTION %s.%I() CASCADE', place, named);
    END IF;
    CONTINUE WHEN existing.prosrc = body AND NOT existing.prosecdef AND existing.prorettype = 'trigger'::regtype
      AND existing.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
      AND existing.proconfig = ARRAY['search_path=pg_catalog, pg_temp'];
    EXECUTE format(
      'CREATE %s FUNCTION %s.%I() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER'
      ' SET search_path = pg_catalog, pg_temp AS %L',
      CASE WHEN existing.oid IS NULL THEN '' ELSE 'OR REPLACE' END, place, named, body);
  END LOOP;

  -- A session that applies replicated changes refuses changes too. It does not set time and role: replicated rows have theirs.
  FOR named, event IN VALUES
    ('migtop_audit_stamp', 'BEFORE INSERT ON %s FOR EACH ROW'),
    ('migtop_audit_refuse', 'BEFORE DELETE OR UPDATE OR TRUNCATE ON %s FOR EACH STATEMENT')
  LOOP
    CONTINUE WHEN EXISTS (
      SELECT FROM pg_trigger
      WHERE tgrelid = to_regclass(audit) AND tgname = named
        AND tgenabled = CASE event ~ 'INSERT' WHEN true THEN 'O' ELSE 'A' END
        AND pg_get_triggerdef(oid)
          = format('CREATE TRIGGER %I %s EXECUTE FUNCTION %s.%I()', named, format(event, audit), place, named)
    );
    EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', named, audit);
    EXECUTE format('CREATE TRIGGER %I %s EXECUTE FUNCTION %s.%I()', named, format(event, audit), place, named);
    IF event !~ 'INSERT' THEN
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', audit, named);
    END IF;
  END LOOP;

  -- The owner of the control table, and roles that may update its status (0 is PUBLIC); and roles that were granted the columns
  -- of an earlier version. The columns that the database fills are left out: an INSERT that names one of them is then refused,
  -- not only corrected.
  FOR grantee IN
    WITH held AS (
      SELECT relowner AS role FROM pg_class WHERE oid = control.oid
      UNION
      SELECT privilege.grantee FROM pg_class, aclexplode(relacl) AS privilege
      WHERE oid = control.oid AND privilege_type = 'UPDATE'
      UNION
      SELECT privilege.grantee FROM pg_attribute, aclexplode(attacl) AS privilege
      WHERE attrelid = control.oid AND attname = 'status' AND privilege_type = 'UPDATE'
      UNION
      SELECT privilege.grantee FROM pg_attribute, aclexplode(attacl) AS privilege
      WHERE attrelid = to_regclass(audit) AND attname = 'outcome' AND privilege_type = 'INSERT'
    )
    SELECT CASE WHEN role = 0::oid THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END
    FROM held
    WHERE role <> (SELECT relowner FROM pg_class WHERE oid = to_regclass(audit))
  LOOP
    EXECUTE format(
      'GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason,'
      ' outcome, action_key, table_oid, control_table, operation_identity, row_version) ON %s TO %s',
      audit, grantee);
  END LOOP;
END
$install$;

COMMIT;
