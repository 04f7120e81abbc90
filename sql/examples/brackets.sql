-- The specification's example of a migration in batches: brackets, rows 1 to 4 and 8.
-- Run it after migration_control.sql. It can be run again: existing ids are skipped.

INSERT INTO migration_control (
  id, phase, table_name, operation, status,
  records_processed, total_records, started_at, completed_at,
  error_message, batch_size, worker_id,
  source_query,
  validation_query
) VALUES
-- Phase 1: Discovery
(1, 'discovery', 'dispatch_bracket', 'table_analysis', 'completed',
 0, 1569, '2024-01-15 10:00:00', '2024-01-15 10:00:05',
 NULL, NULL, 1,
 'SELECT COUNT(*) FROM dispatch_bracket',
 'SELECT COUNT(*) FROM brackets'),

-- Phase 2: Planning
(2, 'planning', 'brackets', 'migration_strategy', 'completed',
 0, 1569, '2024-01-15 10:00:05', '2024-01-15 10:00:10',
 NULL, 500, 1, NULL, NULL),

-- Phase 3: Execution (Batch 1)
(3, 'execution', 'brackets', 'batch_migration', 'completed',
 500, 1569, '2024-01-15 10:00:15', '2024-01-15 10:00:45',
 NULL, 500, 1,
 'SELECT * FROM dispatch_bracket LIMIT 500 OFFSET 0',
 'SELECT COUNT(*) FROM brackets WHERE batch_id = 1'),

-- Phase 3: Execution (Batch 2)
(4, 'execution', 'brackets', 'batch_migration', 'completed',
 500, 1569, '2024-01-15 10:00:45', '2024-01-15 10:01:15',
 NULL, 500, 1,
 'SELECT * FROM dispatch_bracket LIMIT 500 OFFSET 500',
 'SELECT COUNT(*) FROM brackets WHERE batch_id = 2'),

-- The specification omits the other batches.

-- Phase 4: Validation
(8, 'validation', 'brackets', 'count_verification', 'completed',
 1569, 1569, '2024-01-15 10:02:30', '2024-01-15 10:02:35',
 NULL, NULL, 1,
 'SELECT COUNT(*) FROM dispatch_bracket',
 'SELECT COUNT(*) FROM brackets')
ON CONFLICT (id) DO NOTHING;

-- Explicit ids do not advance the sequence: without this, the next insert would fail with a duplicate key.
SELECT setval(
  pg_get_serial_sequence('migration_control', 'id'),
  greatest(
    (SELECT max(id) FROM migration_control),
    pg_sequence_last_value(pg_get_serial_sequence('migration_control', 'id')::regclass)
  )
);
