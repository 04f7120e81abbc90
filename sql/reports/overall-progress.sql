-- Overall migration progress: one row per phase, in the order of a migration.
--
-- Reads the first migration_control on the search path. For another table, put its schema before each migration_control. All
-- other names are qualified, so that no function or operator of another role on the search path is called.
--
-- To read the operations of one run only, as with migtop --since, set a timestamp or the first id before:
--   SET migtop.since = '2026-11-25 22:00';     for all operations again:     RESET migtop.since;
--
-- Corrections to the specification's query:
-- * All six phases are listed, also those without an operation: a missing row looks as if the phase did not exist.
-- * All six statuses are counted: paused, pending and skipped operations were in no column. `in_progress` is now `running`,
--   as in the table.
-- * phase_completed is null while the phase has an open operation (pending, running or paused; failed is not open): the
--   latest completed_at alone showed a phase as completed after its first batch.
-- * The records of a phase without a counter are 0, not NULL. A negative counter counts as 0.
-- * An infinite timestamp is not the start or the end of a phase.
-- * Counters may be numeric or float8: NaN, infinity, fractions and values beyond bigint count as NULL instead of failing.
--
-- total_records_processed adds up the counters of all operations. If the rows of a table are cumulative, or repeat each other, that
-- is too much: table-status.sql has the records of each table.

WITH since AS (
  SELECT
    at,
    coalesce(
      id,
      (SELECT pg_catalog.min(started.id OPERATOR(pg_catalog.+) 0) FROM migration_control AS started
        WHERE at IS NOT NULL AND started.started_at OPERATOR(pg_catalog.>=) at),
      (SELECT pg_catalog.max(before.id) OPERATOR(pg_catalog.+) 1 FROM (
        SELECT earlier.id FROM migration_control AS earlier
        WHERE at IS NOT NULL AND earlier.started_at OPERATOR(pg_catalog.<) at
        ORDER BY earlier.started_at DESC LIMIT 1000) AS before)
    ) AS first_id
  FROM (
    SELECT
      CASE WHEN given OPERATOR(pg_catalog.~) '^[0-9]{1,18}$' THEN given::bigint END AS id,
      CASE WHEN given OPERATOR(pg_catalog.!~) '^[0-9]{1,18}$' THEN given::timestamp END AS at
    FROM (
      SELECT CASE WHEN pg_catalog.current_setting('migtop.since', true) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.current_setting('migtop.since', true) END AS given
    ) AS setting
  ) AS asked
),
control AS (
  SELECT
    migration_control.id,
    phase,
    status,
    started_at,
    completed_at,
    CASE WHEN records_processed OPERATOR(pg_catalog.>) (-9223372036854775807)::bigint
        AND records_processed OPERATOR(pg_catalog.<) 9223372036854775807::bigint
      THEN CASE WHEN records_processed::bigint OPERATOR(pg_catalog.=) records_processed THEN records_processed::bigint END END AS records_processed
  FROM migration_control
  CROSS JOIN since
  -- Other statuses, such as 'COMPLETED', are not those of the specification: migtop lists such rows as unreadable.
  WHERE status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'completed', 'failed', 'paused', 'skipped'])
    AND (since.first_id IS NULL OR migration_control.id OPERATOR(pg_catalog.>=) since.first_id)
    AND (since.at IS NULL OR started_at IS NULL OR started_at OPERATOR(pg_catalog.>=) since.at)
)
SELECT
  phases.phase,
  pg_catalog.count(control.id) AS operations,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'pending') AS pending,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'running') AS running,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'paused') AS paused,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'completed') AS completed,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'failed') AS failed,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'skipped') AS skipped,
  coalesce(pg_catalog.sum(greatest(control.records_processed, 0)), 0) AS total_records_processed,
  pg_catalog.min(control.started_at) FILTER (WHERE pg_catalog.isfinite(control.started_at)) AS phase_started,
  CASE
    WHEN pg_catalog.count(*) FILTER (WHERE control.status
      OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])) OPERATOR(pg_catalog.=) 0
    THEN pg_catalog.max(control.completed_at) FILTER (WHERE pg_catalog.isfinite(control.completed_at))
  END AS phase_completed
FROM (
  VALUES (1, 'discovery'), (2, 'planning'), (3, 'mapping'), (4, 'execution'), (5, 'validation'), (6, 'rollback')
) AS phases (position, phase)
LEFT JOIN control ON control.phase OPERATOR(pg_catalog.=) phases.phase
GROUP BY phases.position, phases.phase
ORDER BY phases.position;
