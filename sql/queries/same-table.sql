-- Fails if the table is no longer the one that was inspected: it was dropped, and another one has its name. An operation of that one
-- may have the id, the name and the status of one that an operator saw. Reading the table locks it: it stays the same until the
-- transaction ends.
-- $1 text  the table's name   $2 oid  the table that was inspected, null for any
SELECT CASE WHEN pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid OPERATOR(pg_catalog.<>) $2::pg_catalog.oid
  -- The text, which is not a number, raises an error with that message.
  THEN pg_catalog.concat('the table was created again ', pg_catalog.count(*))::integer ELSE 1 END AS checked
FROM (SELECT FROM migration_control LIMIT 0) AS locked
