-- Inserts the execution batches from number $1 to number $2 of a migration with $3 batches of 200 tables. The last $4 are pending;
-- the timestamps are in the five days before $5. The same numbers give the same rows.
-- $1 bigint  first     $2 bigint  last     $3 bigint  all     $4 bigint  pending     $5 timestamp  now
--
-- Before the pending ones are 48 running and 12 paused ones. The others are completed, except 300 failed and 60 skipped ones. The
-- batches of a table are close in time, as in a migration that does one table after the other, and overlap with those of the
-- neighbouring tables.
WITH numbers AS (
  -- Two values from 0 to 1 from a hash instead of random(), so that a row does not depend on $1 and $2.
  SELECT
    batch,
    abs(hashint8extended(batch, 1) % 1000003) / 1000003.0::float8 AS share,
    abs(hashint8extended(batch, 2) % 1000003) / 1000003.0::float8 AS lot
  FROM generate_series($1::bigint, $2::bigint) AS batch
),
batches AS (
  SELECT
    batch,
    share,
    lot,
    least(199, greatest(0, round(batch * 200.0::float8 / $3::bigint + (lot - 0.5) * 6)))::int AS table_number,
    CASE
      WHEN batch > $3::bigint - $4::bigint THEN 'pending'
      WHEN batch > $3::bigint - $4::bigint - 48 THEN 'running'
      WHEN batch > $3::bigint - $4::bigint - 60 THEN 'paused'
      WHEN batch % greatest($3::bigint / 300, 1) = 7 THEN 'failed'
      WHEN batch % greatest($3::bigint / 60, 1) = 11 THEN 'skipped'
      ELSE 'completed'
    END AS status,
    $5::timestamp - (1 - batch::float8 / $3::bigint) * interval '5 days' - lot * interval '20 seconds' AS started_at
  FROM numbers
),
rows AS (
  SELECT
    *,
    'legacy_table_' || lpad(table_number::text, 3, '0') AS table_name,
    CASE WHEN table_number % 2 = 0 THEN 500 ELSE 1000 END AS batch_size
  FROM batches
)
INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
  completed_at, error_message, batch_size, worker_id, source_query, validation_query)
SELECT
  'execution',
  table_name,
  'batch_migration',
  status,
  CASE status
    WHEN 'completed' THEN batch_size
    WHEN 'skipped' THEN 0
    WHEN 'pending' THEN NULL
    ELSE (batch_size * share)::int
  END,
  greatest(1, $3::bigint / 200)::int * batch_size,
  CASE WHEN status <> 'pending' THEN started_at END,
  CASE WHEN status IN ('completed', 'failed', 'skipped') THEN
    started_at + (0.4 + 15 * share * share) * interval '1 second'
  END,
  CASE WHEN status = 'failed' THEN
    rpad('insert or update on table "' || table_name || '" violates foreign key constraint "fk_case": Key (case_id)=('
      || batch * 7919 % 999983 || ') is not present in table "cases". Batch ' || batch
      || ' was rolled back after its second attempt', 200, '; see the log of the worker')
  END,
  batch_size,
  CASE WHEN status <> 'pending' THEN 1 + batch % 24 END,
  'SELECT * FROM ' || table_name || ' ORDER BY id LIMIT ' || batch_size || ' OFFSET ' || batch % ($3::bigint / 200 + 1) * batch_size,
  'SELECT COUNT(*) FROM ' || substr(table_name, 8) || ' WHERE batch_id = ' || batch
FROM rows
ORDER BY batch
