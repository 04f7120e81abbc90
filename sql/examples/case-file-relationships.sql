-- The specification's example of a junction table that fails and recovers: rows 10 to 13.
-- Run it after migration_control.sql. It can be run again: existing ids are skipped.

INSERT INTO migration_control (
  id, phase, table_name, operation, status,
  records_processed, total_records, started_at, completed_at,
  error_message, batch_size, worker_id,
  source_query,
  validation_query
) VALUES
-- Initial junction table migration attempt
(10, 'execution', 'case_file_relationships', 'batch_migration', 'failed',
 2300, 15420, '2024-01-15 10:15:00', '2024-01-15 10:18:30',
 'Foreign key constraint violation on case_id', 200, 2,
 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
 NULL),

-- Error analysis phase
(11, 'validation', 'case_file_relationships', 'orphan_detection', 'completed',
 23, 23, '2024-01-15 10:18:30', '2024-01-15 10:18:45',
 NULL, NULL, 2,
 'SELECT cf.* FROM case_files cf LEFT JOIN cases c ON cf.case_id = c.legacy_id WHERE c.id IS NULL',
 NULL),

-- Recovery: Migrate missing parent records
(12, 'execution', 'cases', 'missing_parent_migration', 'completed',
 23, 23, '2024-01-15 10:20:00', '2024-01-15 10:21:00',
 NULL, 23, 2,
 'SELECT * FROM cases WHERE id IN (1001, 1002, 1003, ...)',
 'SELECT COUNT(*) FROM cases WHERE legacy_id IN (1001, 1002, 1003, ...)'),

-- Retry junction table migration
(13, 'execution', 'case_file_relationships', 'batch_migration_retry', 'completed',
 200, 15420, '2024-01-15 10:21:00', '2024-01-15 10:21:30',
 NULL, 200, 2,
 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
 'SELECT COUNT(*) FROM case_file_relationships WHERE batch_id = 13')
ON CONFLICT (id) DO NOTHING;

-- Explicit ids do not advance the sequence: without this, the next insert would fail with a duplicate key.
SELECT setval(
  pg_get_serial_sequence('migration_control', 'id'),
  greatest(
    (SELECT max(id) FROM migration_control),
    pg_sequence_last_value(pg_get_serial_sequence('migration_control', 'id')::regclass)
  )
);
