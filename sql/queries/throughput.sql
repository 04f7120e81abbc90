-- The figures of the specification's performance analysis, in one pass: the completed execution batches by table and batch size.
-- The way in which a table counts decides what it processed (source/domain/batch-throughput.ts): the sum of its counters, or,
-- if it is cumulative, the difference between the highest and the lowest. A batch whose timestamps are equal, unordered or
-- outside of 1900 to 2199 has no duration; one without a counter, or with a negative one, has no records, and its time does not
-- lower the rate.
-- $1 bigint  only ids above this, null for all     $2 bigint  maximum id, null for all
SELECT 'throughput' AS kind, pg_catalog.json_build_object(
    'table_name', pg_catalog.left(table_name, 200),
    'batch_size', batch_size,
    'batch_count', pg_catalog.count(*),
    'timed_count', pg_catalog.count(micros),
    'timed_seconds', pg_catalog.sum(micros)::pg_catalog.float8 OPERATOR(pg_catalog./) 1000000,
    'seconds', (pg_catalog.sum(micros) FILTER (WHERE records_processed OPERATOR(pg_catalog.>=) 0))::pg_catalog.float8
      OPERATOR(pg_catalog./) 1000000,
    'records', pg_catalog.sum(records_processed::pg_catalog.float8)
      FILTER (WHERE micros IS NOT NULL AND records_processed OPERATOR(pg_catalog.>) 0),
    'lowest', pg_catalog.min(records_processed) FILTER (WHERE micros IS NOT NULL AND records_processed OPERATOR(pg_catalog.>) 0),
    'highest', pg_catalog.max(records_processed) FILTER (WHERE micros IS NOT NULL AND records_processed OPERATOR(pg_catalog.>) 0)
  ) AS body
FROM (
  SELECT
    table_name,
    batch_size,
    records_processed,
    CASE
      WHEN completed_at OPERATOR(pg_catalog.>) started_at
        AND started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '1900-01-01'
        AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2200-01-01'
      THEN (pg_catalog.date_part('epoch', completed_at::timestamp OPERATOR(pg_catalog.-) started_at::timestamp)
        OPERATOR(pg_catalog.*) 1000000)::bigint
    END AS micros
  FROM migration_control
  WHERE phase OPERATOR(pg_catalog.=) 'execution'
    AND status OPERATOR(pg_catalog.=) 'completed'
    AND completed_at IS NOT NULL
    AND started_at IS NOT NULL
    AND ($1::bigint IS NULL OR id OPERATOR(pg_catalog.>) $1::bigint)
    AND ($2::bigint IS NULL OR id OPERATOR(pg_catalog.<=) $2::bigint)
) completed
GROUP BY table_name, batch_size
