-- Counts a range of ids, from the last one downwards: what the totals are made of.
-- The rows that are kept beside the sums (source/domain/samples.ts) come with it: those of a table that has few of them, and the
-- first ones of a larger one, in order of start: by these it is told how the table counts.
-- $1 bigint  the first id     $2 bigint  the last     $3 int  how many rows to count at most, null for all of them
-- $4 float8  brings beside it the records of batches that ended after this stamp, $5 float8 and until this one,
-- $6 float8  by slices of so many seconds: what fills the throughput line at start. Null for none.
-- $7 boolean  whether to count the rows without an id too
WITH counted AS (
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint OR $7::boolean AND id IS NULL
  ORDER BY id DESC
  LIMIT $3::int
),
sizes AS (
  SELECT phase, table_name, pg_catalog.count(*) AS operations
  FROM counted
  GROUP BY phase, table_name
),
placed AS (
  SELECT counted.*, operations,
    CASE WHEN pg_catalog.isfinite(counted.started_at) THEN counted.started_at::timestamp
      WHEN pg_catalog.isfinite(counted.completed_at) THEN counted.completed_at::timestamp END AS place
  FROM counted
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) counted.table_name AND sizes.phase OPERATOR(pg_catalog.=) counted.phase
),
kept AS (
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM placed
  WHERE operations OPERATOR(pg_catalog.<=) 48
  UNION ALL
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM (
    SELECT *, pg_catalog.row_number() OVER (
        PARTITION BY table_name, phase, total_records OPERATOR(pg_catalog.>) 0 ORDER BY place NULLS FIRST, id) AS nth
    FROM placed
    WHERE operations OPERATOR(pg_catalog.>) 48 AND records_processed OPERATOR(pg_catalog.>) 0
      AND status OPERATOR(pg_catalog.=) 'completed'
  ) completed
  WHERE nth OPERATOR(pg_catalog.<=) 8
  UNION ALL
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM (
    SELECT *, pg_catalog.row_number() OVER (
        PARTITION BY table_name, phase, total_records OPERATOR(pg_catalog.>) 0 ORDER BY place NULLS FIRST, id) AS nth
    FROM placed
    WHERE operations OPERATOR(pg_catalog.>) 48 AND records_processed OPERATOR(pg_catalog.>) 0
      AND status OPERATOR(pg_catalog.<>) 'completed'
  ) others
  WHERE nth OPERATOR(pg_catalog.<=) 256
)
SELECT 'count' AS kind, pg_catalog.json_build_array(
    pg_catalog.left(phase, 200),
    pg_catalog.left(table_name, 200),
    pg_catalog.left(status, 200),
    pg_catalog.count(*),
    pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE records_processed OPERATOR(pg_catalog.>) 0),
    pg_catalog.max(records_processed),
    pg_catalog.sum(total_records::pg_catalog.float8) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0),
    pg_catalog.sum(records_processed::pg_catalog.float8)
      FILTER (WHERE records_processed OPERATOR(pg_catalog.>) 0 AND (total_records OPERATOR(pg_catalog.>=) 0) IS NOT TRUE),
    pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>=) 0),
    pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0),
    pg_catalog.min(total_records) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0),
    pg_catalog.max(total_records) FILTER (WHERE total_records OPERATOR(pg_catalog.>=) 0),
    pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.=) batch_size),
    pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0
      AND records_processed OPERATOR(pg_catalog.>=) total_records),
    pg_catalog.count(*) FILTER (WHERE is_evidence),
    pg_catalog.count(*) FILTER (WHERE is_evidence AND is_outside),
    pg_catalog.count(*) FILTER (WHERE is_bare),
    pg_catalog.count(*) FILTER (WHERE is_bare AND is_outside),
    pg_catalog.min(records_processed) FILTER (WHERE is_evidence),
    pg_catalog.max(records_processed) FILTER (WHERE is_evidence),
    pg_catalog.max(batch_size),
    pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp) FILTER (WHERE pg_catalog.isfinite(started_at))),
    pg_catalog.date_part('epoch', pg_catalog.max(completed_at::timestamp) FILTER (WHERE pg_catalog.isfinite(completed_at))),
    pg_catalog.count(*) FILTER (WHERE timed),
    pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE timed AND records_processed OPERATOR(pg_catalog.>) 0),
    pg_catalog.sum(pg_catalog.floor(
        (pg_catalog.date_part('epoch', completed_at::timestamp)
          OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
        OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5))
      FILTER (WHERE timed),
    pg_catalog.min(id)::pg_catalog.text) AS body
FROM (
  SELECT *,
    status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at)
      AND completed_at OPERATOR(pg_catalog.>) started_at AS timed,
    records_processed OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.>) 0 AS is_evidence,
    records_processed OPERATOR(pg_catalog.>) 0 AND (total_records OPERATOR(pg_catalog.>) 0) IS NOT TRUE AS is_bare,
    (batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size) IS NOT TRUE AS is_outside
  FROM counted
) operations
GROUP BY phase, table_name, status
UNION ALL
SELECT 'evidence', pg_catalog.json_build_array(pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200), id,
    pg_catalog.left(status, 200), records_processed, total_records, batch_size,
    pg_catalog.date_part('epoch', started_at::timestamp), pg_catalog.date_part('epoch', completed_at::timestamp),
    texts.operation, texts.source_query, texts.validation_query)
FROM kept
-- One row by its id for each: their queries may be long, and all other rows do without. Where ids repeat, the names tell.
CROSS JOIN LATERAL (
  SELECT pg_catalog.left(operation, 200) AS operation, pg_catalog.left(source_query, 400) AS source_query,
    pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$') AS validation_query
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) kept.id AND phase OPERATOR(pg_catalog.=) kept.phase
    AND table_name OPERATOR(pg_catalog.=) kept.table_name AND status OPERATOR(pg_catalog.=) kept.status
  LIMIT 1
) texts
UNION ALL
SELECT 'span', pg_catalog.json_build_array(table_name, from_stamp, to_stamp,
  pg_catalog.sum(records_processed::pg_catalog.float8))
FROM (
  SELECT pg_catalog.left(table_name, 200) AS table_name, records_processed,
    pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS from_stamp,
    pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS to_stamp
  FROM counted
  WHERE completed_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
    OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND completed_at OPERATOR(pg_catalog.<=) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($5::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND phase OPERATOR(pg_catalog.=) 'execution'
    AND records_processed OPERATOR(pg_catalog.>) 0
    AND started_at OPERATOR(pg_catalog.<=) completed_at
    AND pg_catalog.isfinite(started_at)
) batches
GROUP BY table_name, from_stamp, to_stamp
