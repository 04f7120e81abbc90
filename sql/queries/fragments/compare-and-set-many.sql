-- The common part of transitions.sql and transitions-audited.sql, which describe its parameters $1 to $9 and the columns of
-- `result`.
-- include many-found.sql
,
-- include many-target.sql
,
written AS (
  UPDATE migration_control AS one
  SET status = target.to_status,
      completed_at = CASE
        WHEN target.completed OPERATOR(pg_catalog.=) 'set'
          THEN CASE WHEN target.status OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed', 'skipped'])
              THEN coalesce(one.completed_at, pg_catalog.clock_timestamp()::timestamp)
            ELSE pg_catalog.clock_timestamp()::timestamp END
        WHEN target.completed OPERATOR(pg_catalog.=) 'clear'
          OR target.from_status OPERATOR(pg_catalog.=) 'skipped'
            AND target.to_status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'paused', 'running']) THEN NULL
        ELSE one.completed_at END
  FROM target
  WHERE one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
  RETURNING target.number, one.status, one.xmin::pg_catalog.text AS version
),
-- include many-result.sql
