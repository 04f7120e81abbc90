-- From the operations that were given up: `repeated`, the source queries with a range, and the others.
-- include given-up.sql
,
repeated AS MATERIALIZED (
  SELECT digest,
    -- include names-range.sql
    AS is_ranged
  FROM given_up
  WHERE digest IS NOT NULL
)
