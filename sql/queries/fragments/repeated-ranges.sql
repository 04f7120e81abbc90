-- From the operations that were given up: `repeated`, the source queries with a range.
-- include given-up.sql
,
repeated AS MATERIALIZED (
  SELECT digest
  FROM given_up
  WHERE
    -- include names-range.sql
)
