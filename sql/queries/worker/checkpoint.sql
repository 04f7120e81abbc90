-- Reads the rows of one phase and table. From them domain/checkpoint.ts computes how many records are done (specification,
-- "Resume Capability"), and domain/lineage.ts which rows are attempts of the same work.
-- $1 text         phase; with 'execution', the records counted by validations are not taken for migrated ones
-- $2 text         table
-- $3 timestamptz  includes operations that started then or later, and those not started whose id is not lower; null for all
-- $4 bigint       the first id to include, null for all
-- $5 text         the phase whose operations undo these records: their rows are returned too; null if there is none
-- Returns all open rows too; `included` is false for those that $3 or $4 exclude. `validation_query` is null unless it may
-- end in a mark, `error_message` is always null.
WITH earliest AS (
  SELECT pg_catalog.min(id) AS id
  FROM migration_control
  WHERE started_at::timestamp OPERATOR(pg_catalog.>=) ($3::timestamp with time zone)::timestamp
),
included AS (
  SELECT *,
    ($4::bigint IS NULL OR id OPERATOR(pg_catalog.>=) $4::bigint)
    AND ($3::timestamp with time zone IS NULL
      OR coalesce(started_at, completed_at)::timestamp OPERATOR(pg_catalog.>=) ($3::timestamp with time zone)::timestamp
      OR coalesce(started_at, completed_at) IS NULL
        AND id OPERATOR(pg_catalog.>=) coalesce((SELECT earliest.id FROM earliest), 0)) AS migtop_included
  FROM migration_control
  WHERE (phase OPERATOR(pg_catalog.=) $1::pg_catalog.text OR phase OPERATOR(pg_catalog.=) $5::pg_catalog.text)
    AND table_name OPERATOR(pg_catalog.=) $2::pg_catalog.text
)
SELECT
  -- include ../fragments/row-of-table.sql
  OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('validation_query',
    CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */' THEN validation_query END) AS body,
  migtop_included AS included,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) AS now
FROM included AS one
WHERE migtop_included OR status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])
ORDER BY id
