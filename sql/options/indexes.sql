-- Optional: two indexes, for two queries that cannot use the specification's four indexes.
--
-- Effect: `migtop_completed_at` finds the operations that ended in the last hour; without it `migtop status` reads the
-- whole table for them. `migtop_failed` has the failed operations in the order in which they are listed; without it all of them
-- are read and sorted to find the newest.
--
-- Benefit: on ten million rows the last hour takes 0.3 s instead of 3.6 s, and the newest 1,000 of 100,000 failures
-- 2 ms instead of 26 ms. They do not make the live monitor faster: it finds the rows that change through the four
-- indexes of the specification. An index of only the running operations would not help it either: an operation that has ended
-- remains a dead entry in both until VACUUM. Install these indexes only if a script runs `migtop status` repeatedly, or if
-- hundreds of thousands of operations have failed.
--
-- Cost: workers at full speed completed 91 % of the batches that they complete without them, with 7 % more server time
-- for each, and the first one takes 22 MB for each million rows (both measured on ten million rows, 2026-11-22;
-- `npm run bench -- --only indexes` measures it again).
--
-- Install: migtop init --indexes --apply, or psql -v ON_ERROR_STOP=1 -f indexes.sql, as the table's owner. Safe while workers
-- run: no session waits for it, but it waits for all transactions that are open when it begins, and takes some seconds for
-- each million rows. Running it again changes nothing, unless an earlier run was interrupted and left an index that is not
-- valid, or bound another role's operator: that index is created again. Not for a partitioned table. Remove: migtop init
-- --indexes --remove --apply, or indexes-remove.sql. For another table, change its name in the three lines that have it.
-- PostgreSQL 12 or newer.

-- CREATE INDEX CONCURRENTLY cannot run inside a transaction, so each statement by itself has to be safe from objects that other
-- roles created in the schemas of the search path. This one drops indexes that have to be created again, and refuses an index
-- of these names on another table. (`\x3b` is a semicolon: a client may split the file at the others.)
DO E'
BEGIN
  EXECUTE (
    SELECT pg_catalog.concat(
      ''SET LOCAL lock_timeout = 2000'',
      pg_catalog.string_agg(pg_catalog.concat(pg_catalog.chr(59), CASE
        WHEN indrelid OPERATOR(pg_catalog.=) control.oid THEN pg_catalog.format(''DROP INDEX %I.%I'', nspname, named.relname)
        ELSE pg_catalog.format(''DO %L'', pg_catalog.format(''BEGIN RAISE EXCEPTION USING MESSAGE = %L%s END'',
          pg_catalog.format(''%I.%I is not on %s. Look at it, then rename it or drop it'', nspname, named.relname,
            control.oid::pg_catalog.regclass), pg_catalog.chr(59)))
        END), NULL))
    FROM pg_catalog.pg_class AS control
      JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) control.relnamespace
      JOIN pg_catalog.pg_class AS named ON named.relnamespace OPERATOR(pg_catalog.=) control.relnamespace
        AND named.relname OPERATOR(pg_catalog.=) ANY (ARRAY[''migtop_completed_at'', ''migtop_failed'']::pg_catalog.name[])
      LEFT JOIN pg_catalog.pg_index ON indexrelid OPERATOR(pg_catalog.=) named.oid
    WHERE control.oid OPERATOR(pg_catalog.=) ''migration_control''::pg_catalog.regclass::pg_catalog.oid
      AND (indrelid IS NULL OR indrelid OPERATOR(pg_catalog.<>) control.oid OR NOT indisvalid OR EXISTS (
        SELECT FROM pg_catalog.pg_depend
        WHERE classid OPERATOR(pg_catalog.=) ''pg_catalog.pg_class''::pg_catalog.regclass::pg_catalog.oid
          AND objid OPERATOR(pg_catalog.=) named.oid
          AND refclassid OPERATOR(pg_catalog.=) ANY (ARRAY[''pg_catalog.pg_operator'', ''pg_catalog.pg_proc'']
            ::pg_catalog.regclass[]::pg_catalog.oid[])))
  )\x3b
END';

CREATE INDEX CONCURRENTLY IF NOT EXISTS migtop_completed_at ON migration_control (completed_at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS migtop_failed ON migration_control (coalesce(completed_at, started_at) DESC NULLS LAST, id DESC)
  WHERE status::pg_catalog.text OPERATOR(pg_catalog.=) 'failed'::pg_catalog.text;
