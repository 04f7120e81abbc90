-- Locks the rows that still are as the operator saw them; the second part of the statements that change many.
target AS (
  SELECT asked.number, asked.from_status, asked.to_status, asked.completed,
    one.tableoid AS relation, one.ctid AS place, one.id, one.status, one.completed_at
  FROM asked
  JOIN found ON found.number OPERATOR(pg_catalog.=) asked.number
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) asked.id
  WHERE one.id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    AND found.same OPERATOR(pg_catalog.=) 1
    AND one.status OPERATOR(pg_catalog.=) asked.from_status
    AND (asked.version IS NULL OR one.xmin::pg_catalog.text OPERATOR(pg_catalog.=) asked.version)
    AND (asked.identity IS NULL
      OR
        -- include identity.sql
        OPERATOR(pg_catalog.=) asked.identity)
    AND ($7::pg_catalog.float8 IS NULL
      OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.<) $7::pg_catalog.float8)
  FOR UPDATE OF one SKIP LOCKED
)
