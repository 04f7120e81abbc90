-- The table that a migration is tracked in, as its specification has it.
-- Can be run again: what exists already is left as it is.

CREATE TABLE IF NOT EXISTS migration_control (
  id SERIAL PRIMARY KEY,
  phase VARCHAR NOT NULL,
  table_name VARCHAR NOT NULL,
  operation VARCHAR NOT NULL,
  status VARCHAR NOT NULL,
  records_processed INTEGER,
  total_records INTEGER,
  started_at TIMESTAMP,
  completed_at TIMESTAMP,
  error_message TEXT,
  batch_size INTEGER,
  worker_id INTEGER,
  source_query TEXT,
  validation_query TEXT,

  CONSTRAINT migration_control_phase_check
    CHECK (phase IN ('discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback')),
  CONSTRAINT migration_control_status_check
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped'))
);

CREATE INDEX IF NOT EXISTS idx_migration_control_phase ON migration_control(phase);
CREATE INDEX IF NOT EXISTS idx_migration_control_status ON migration_control(status);
CREATE INDEX IF NOT EXISTS idx_migration_control_table ON migration_control(table_name);
CREATE INDEX IF NOT EXISTS idx_migration_control_started_at ON migration_control(started_at);
