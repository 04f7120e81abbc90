-- The common part of batch-size.sql and batch-size-audited.sql, which describe its parameters $1 to $9 and the columns of
-- `judged`.
-- include many-found.sql
,
wish AS (
  SELECT wish.number, wish.sizes::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'from' AS old_size,
    wish.sizes::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'to' AS new_size
  FROM pg_catalog.unnest($5::pg_catalog.text[]) WITH ORDINALITY AS wish (sizes, number)
),
sized AS (
  SELECT asked.number, pg_catalog.min(one.batch_size::pg_catalog.float8) AS size
  FROM asked
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) asked.id
  WHERE one.id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
  GROUP BY asked.number
),
target AS (
  SELECT asked.number, asked.to_status, wish.new_size,
    one.tableoid AS relation, one.ctid AS place, one.id, one.status, one.completed_at
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  JOIN wish ON wish.number OPERATOR(pg_catalog.=) asked.number
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) asked.id
  WHERE one.id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    AND found.same OPERATOR(pg_catalog.=) 1
    AND one.status OPERATOR(pg_catalog.=) asked.from_status
    AND coalesce(one.batch_size::pg_catalog.float8, 0) OPERATOR(pg_catalog.=) coalesce(wish.old_size::pg_catalog.float8, 0)
    AND (asked.identity IS NULL
      OR
        -- include identity.sql
        OPERATOR(pg_catalog.=) asked.identity)
    AND ($7::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $7::pg_catalog.float8)
  FOR UPDATE OF one SKIP LOCKED
),
written AS (
  UPDATE migration_control AS one
  SET batch_size = target.new_size::bigint
  FROM target
  WHERE one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
  RETURNING target.number, one.xmin::pg_catalog.text AS version,
    -- A trigger may have kept the size.
    CASE WHEN coalesce(one.batch_size::pg_catalog.float8, 0) OPERATOR(pg_catalog.=)
      coalesce(target.new_size::pg_catalog.float8, 0) THEN one.status END AS status
),
-- include many-result.sql
,
judged AS (
  SELECT result.number, result.id, result.from_status, result.to_status, result.action_key, result.identity,
    -- The row was not locked because it had another size.
    CASE WHEN result.outcome OPERATOR(pg_catalog.=) 'locked' AND coalesce(sized.size, 0) OPERATOR(pg_catalog.<>)
      coalesce(wish.old_size::pg_catalog.float8, 0) THEN 'stale' ELSE result.outcome END AS outcome,
    result.status, result.now_version, result.had_completed_at, result.rows, result.other, result.at, sized.size
  FROM result
  JOIN wish ON wish.number OPERATOR(pg_catalog.=) result.number
  LEFT JOIN sized ON sized.number OPERATOR(pg_catalog.=) result.number
)
