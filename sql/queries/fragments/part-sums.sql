-- The sums of rows that are alike, for `count-parts.sql` and `batch-parts.sql`.
pg_catalog.count(*) AS operations,
pg_catalog.min(id) AS lowest_id,
pg_catalog.sum(records_processed) AS records, pg_catalog.min(records_processed) AS lowest,
pg_catalog.max(records_processed) AS highest,
pg_catalog.sum(total_records) AS totals, pg_catalog.min(total_records) AS smallest_total,
pg_catalog.max(total_records) AS largest_total,
pg_catalog.min(started_at) FILTER (WHERE pg_catalog.isfinite(started_at)) AS started_at,
pg_catalog.max(completed_at) FILTER (WHERE pg_catalog.isfinite(completed_at)) AS completed_at,
-- As the client computes it from two timestamps (tally.ts): over many years it may differ by a microsecond.
pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.>) 1 THEN pg_catalog.floor(
    (pg_catalog.date_part('epoch', completed_at::timestamp)
      OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
    OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5) END) AS far_micros
