-- One compare-and-set: gives an operation another status if it still has the one that the operator saw. lock.sql has locked
-- the row before, in the same transaction, so this sees its newest version; and exactly that row is written, by its place.
-- $1 bigint  id                              $2 text     the status it must have
-- $3 text    the status it gets              $4 text     the version (xmin) it must have, null for any
-- $5 text    completed_at: 'keep', 'set' (now, except where the operation has ended already) or 'clear'. An open
--            operation has no end: a skip replaces one that an earlier life of the row left, and undoing a skip clears it.
-- $6 text    what it must be: md5 of phase, table and operation as the polls read it, null for whatever has the id
-- $7 float8  nothing is written after this moment, null for any: a message may arrive late
-- Returns one row. `outcome`: applied; stale: it no longer has that status or version; changed: the id stands for other work
-- now (`other`); gone; repeated: more than one row is the operation (`rows`); hidden: a policy shows it and keeps it from an
-- UPDATE; kept: a trigger dropped the change, or gave it another `status`. `status` and `version` say what it is now,
-- `had_completed_at` is what undo needs, and `at` is the database's clock, in seconds as the polls have it.
WITH found AS (
  -- Of this moment, and without a lock: a policy may show a row that it keeps from an UPDATE.
  SELECT
    pg_catalog.count(*) FILTER (WHERE is_same) AS same,
    pg_catalog.left(pg_catalog.min(status) FILTER (WHERE is_same), 200) AS status,
    pg_catalog.min(name) FILTER (WHERE NOT is_same) AS other
  FROM (
    SELECT status, pg_catalog.concat_ws(' ', pg_catalog.left(phase, 60), pg_catalog.left(table_name, 100),
        pg_catalog.left(operation, 100)) AS name,
      $6::pg_catalog.text IS NULL
        OR pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12)
          OPERATOR(pg_catalog.=) $6::pg_catalog.text AS is_same
    FROM migration_control
    WHERE id OPERATOR(pg_catalog.=) $1::bigint
  ) AS rows
),
target AS (
  SELECT tableoid AS relation, ctid AS place, id, status, completed_at, xmin::pg_catalog.text AS version
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) $1::bigint
    AND ($6::pg_catalog.text IS NULL
      OR pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12)
        OPERATOR(pg_catalog.=) $6::pg_catalog.text)
  FOR UPDATE
),
written AS (
  UPDATE migration_control AS operation
  SET status = $3::pg_catalog.text,
      completed_at = CASE
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'set'
          THEN CASE WHEN target.status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed', 'skipped'])
              THEN coalesce(operation.completed_at, pg_catalog.clock_timestamp()::timestamp)
            ELSE pg_catalog.clock_timestamp()::timestamp END
        WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'clear'
          OR $2::pg_catalog.text OPERATOR(pg_catalog.=) 'skipped'
            AND $3::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'paused', 'running']) THEN NULL
        ELSE operation.completed_at END
  FROM target
  WHERE operation.id OPERATOR(pg_catalog.=) target.id
    AND operation.tableoid OPERATOR(pg_catalog.=) target.relation
    AND operation.ctid OPERATOR(pg_catalog.=) target.place
    AND (SELECT pg_catalog.count(*) FROM target) OPERATOR(pg_catalog.=) 1
    AND target.status OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND ($4::pg_catalog.text IS NULL OR target.version OPERATOR(pg_catalog.=) $4::pg_catalog.text)
    AND ($7::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $7::pg_catalog.float8)
  RETURNING operation.id, operation.status, operation.xmin::pg_catalog.text AS version
),
locked AS (
  SELECT
    pg_catalog.count(*) AS rows,
    pg_catalog.min(status) AS status,
    pg_catalog.min(version) AS version,
    pg_catalog.bool_or(completed_at IS NOT NULL) AS had_completed_at
  FROM target
),
result AS (
  SELECT
    CASE
      WHEN locked.rows OPERATOR(pg_catalog.>) 1 THEN 'repeated'
      WHEN locked.rows OPERATOR(pg_catalog.=) 0 THEN
        CASE
          WHEN found.same OPERATOR(pg_catalog.>) 0 THEN 'hidden'
          WHEN found.other IS NOT NULL THEN 'changed'
          ELSE 'gone' END
      WHEN written.id IS NOT NULL THEN
        CASE WHEN written.status OPERATOR(pg_catalog.=) $3::pg_catalog.text THEN 'applied' ELSE 'kept' END
      WHEN locked.status OPERATOR(pg_catalog.=) $2::pg_catalog.text
        AND ($4::pg_catalog.text IS NULL OR locked.version OPERATOR(pg_catalog.=) $4::pg_catalog.text) THEN 'kept'
      ELSE 'stale' END AS outcome,
    pg_catalog.left(coalesce(written.status, locked.status, found.status), 200) AS status,
    coalesce(written.version, locked.version) AS version,
    locked.had_completed_at,
    locked.rows,
    found.other
  FROM locked CROSS JOIN found LEFT JOIN written ON true
)
SELECT outcome, status, version, coalesce(had_completed_at, false) AS had_completed_at, rows::pg_catalog.int4 AS rows, other,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS at,
  pg_catalog.set_config('migtop.outcome', outcome, true) AS noted
FROM result
