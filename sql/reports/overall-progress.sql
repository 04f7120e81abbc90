-- Overall migration progress: one row a phase, in the order in which a migration goes through them.
--
-- Of the first migration_control on the search path; for another one put its schema before the name in FROM. All else is
-- written in full, so that nothing is called that another role has made in a schema of the search path.
--
-- Mended, against the specification's query:
-- * All six phases are there, also those with no operation yet: a phase that is missing looks like one that does not exist.
-- * All six statuses are counted: paused, pending and skipped operations were in no column. `in_progress` is `running`,
--   the word of the table.
-- * phase_completed is empty while anything in the phase is open (pending, running or paused; failed is not open): the
--   latest completed_at alone called a phase completed after its first batch.
-- * Records nobody has counted yet are 0, not NULL.

SELECT
  phases.phase,
  pg_catalog.count(control.id) AS operations,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'pending') AS pending,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'running') AS running,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'paused') AS paused,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'completed') AS completed,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'failed') AS failed,
  pg_catalog.count(*) FILTER (WHERE control.status OPERATOR(pg_catalog.=) 'skipped') AS skipped,
  coalesce(pg_catalog.sum(control.records_processed), 0) AS total_records_processed,
  pg_catalog.min(control.started_at) AS phase_started,
  CASE
    WHEN pg_catalog.count(*) FILTER (WHERE control.status
      OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused'])) OPERATOR(pg_catalog.=) 0
    THEN pg_catalog.max(control.completed_at)
  END AS phase_completed
FROM (
  VALUES (1, 'discovery'), (2, 'planning'), (3, 'mapping'), (4, 'execution'), (5, 'validation'), (6, 'rollback')
) AS phases (position, phase)
LEFT JOIN migration_control AS control ON control.phase OPERATOR(pg_catalog.=) phases.phase
GROUP BY phases.position, phases.phase
ORDER BY phases.position;
