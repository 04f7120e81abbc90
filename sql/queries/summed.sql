-- The completed operations above an id, added up by phase, table and worker: if very many are added, a poll fetches these sums
-- instead of the rows (source/polling/summed.ts). range.sql has their part of the totals.
-- $1 bigint  only ids above this     $2 float8  when the last poll was taken     $3 bigint[]  ids of which the poll fetches the rows
-- $4 bigint  also returns all ids that are at most this far below the highest one, and which of them are pending
-- The poll fetches the rows of transactions that the next poll reads again (changes.sql): they are left out here. An operation
-- counts only if all of its records were processed since the last poll, as source/domain/first-seen.ts has it: it ended since,
-- by the clock of a writer that may be in another time zone. The zone is the multiple of 900 s that is nearest.
WITH clock AS MATERIALIZED (
  SELECT pg_catalog.date_part('epoch', localtimestamp) AS now,
    pg_catalog.age((pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) OPERATOR(pg_catalog.%) 4294967296)
      ::pg_catalog.text::pg_catalog.xid) AS oldest
),
ended AS MATERIALIZED (
  SELECT phase, table_name, worker_id, records_processed,
    pg_catalog.date_part('epoch', started_at::timestamp) AS started,
    pg_catalog.date_part('epoch', coalesce(completed_at, started_at)::timestamp) AS ended,
    (SELECT now FROM clock) AS now
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>) $1::bigint AND id OPERATOR(pg_catalog.<=) 9223372036854775807
    AND status OPERATOR(pg_catalog.=) 'completed'
    AND pg_catalog.age(xmin) OPERATOR(pg_catalog.>) (SELECT oldest FROM clock)
    AND id OPERATOR(pg_catalog.<>) ALL ($3::bigint[])
    AND pg_catalog.isfinite(coalesce(completed_at, started_at))
),
placed AS MATERIALIZED (
  SELECT phase, table_name, worker_id, records_processed, now,
    CASE WHEN started OPERATOR(pg_catalog.<=) ended AND started OPERATOR(pg_catalog.>) '-infinity'
      THEN ended OPERATOR(pg_catalog.-) started END AS seconds,
    ended OPERATOR(pg_catalog.-) (CASE WHEN pg_catalog.abs(zone) OPERATOR(pg_catalog.<=) 93600 THEN zone ELSE 0 END) AS ended
  FROM (
    SELECT *, pg_catalog.floor((ended OPERATOR(pg_catalog.-) now) OPERATOR(pg_catalog./) 900 OPERATOR(pg_catalog.+) 0.5)
      OPERATOR(pg_catalog.*) 900 AS zone
    FROM ended
  ) zoned
),
gains AS (
  SELECT phase, table_name, worker_id, pg_catalog.count(*) AS operations,
    coalesce(pg_catalog.sum(records_processed::pg_catalog.float8)
      FILTER (WHERE records_processed OPERATOR(pg_catalog.>) 0), 0) AS records,
    pg_catalog.min(ended) AS first_end, pg_catalog.max(ended) AS last_end, pg_catalog.avg(seconds) AS seconds
  FROM placed
  WHERE ended OPERATOR(pg_catalog.>=) ($2::pg_catalog.float8 OPERATOR(pg_catalog.-) 5)
    AND ended OPERATOR(pg_catalog.<=) (now OPERATOR(pg_catalog.+) 5)
  GROUP BY phase, table_name, worker_id
)
SELECT 'gains' AS kind, pg_catalog.json_build_array(pg_catalog.json_agg(pg_catalog.left(phase, 200)),
  pg_catalog.json_agg(pg_catalog.left(table_name, 200)), pg_catalog.json_agg(worker_id), pg_catalog.json_agg(operations),
  pg_catalog.json_agg(records), pg_catalog.json_agg(first_end), pg_catalog.json_agg(last_end),
  pg_catalog.json_agg(seconds)) AS body
FROM gains
UNION ALL
SELECT 'late', pg_catalog.json_build_array(pg_catalog.json_agg(id),
  pg_catalog.json_agg(id) FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending'))
FROM migration_control
WHERE id OPERATOR(pg_catalog.>) ((SELECT pg_catalog.max(id) FROM migration_control) OPERATOR(pg_catalog.-) $4::bigint)
  AND id OPERATOR(pg_catalog.<=) 9223372036854775807
