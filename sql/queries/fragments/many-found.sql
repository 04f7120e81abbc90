-- The rows of many operations before a change: the first part of the statements that change many, which describe its parameters
-- $1 to $6, $8 and $9.
WITH asked AS (
  SELECT *
  FROM ROWS FROM (
    pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]),
    pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), pg_catalog.unnest($6::pg_catalog.text[]),
    pg_catalog.unnest($9::pg_catalog.uuid[])
  ) WITH ORDINALITY AS asked (id, from_status, to_status, version, completed, identity, action_key, number)
),
-- include lockers.sql
,
seen AS (
  -- Without a lock: a row that another session holds, or that a policy hides from an UPDATE, is found too.
  SELECT tableoid AS relation, ctid AS place, id, pg_catalog.left(status, 200) AS status, xmin::pg_catalog.text AS version,
    CASE WHEN pg_catalog.row_security_active($8::pg_catalog.oid) THEN
      -- include row-held.sql
      END AS is_held,
    pg_catalog.concat_ws(' ', pg_catalog.left(phase, 60), pg_catalog.left(table_name, 100),
      pg_catalog.left(operation, 100)) AS name,
    -- include identity.sql
    AS identity
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
),
found AS (
  SELECT
    asked.number,
    pg_catalog.count(seen.id) FILTER (WHERE is_same) AS same,
    pg_catalog.min(status) FILTER (WHERE is_same) AS status,
    pg_catalog.min(seen.version) FILTER (WHERE is_same) AS version,
    pg_catalog.bool_or(is_held) FILTER (WHERE is_same) AS is_held,
    pg_catalog.min(place::pg_catalog.text) FILTER (WHERE is_same) AS place,
    pg_catalog.min(name) FILTER (WHERE NOT is_same) AS other
  FROM asked
  LEFT JOIN seen ON seen.id OPERATOR(pg_catalog.=) asked.id
  CROSS JOIN LATERAL (
    SELECT asked.identity IS NULL OR seen.identity OPERATOR(pg_catalog.=) asked.identity AS is_same
  ) AS compared
  GROUP BY asked.number
)
