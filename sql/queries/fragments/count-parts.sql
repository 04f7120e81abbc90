-- The sums of `count-columns.sql`, from those of rows that are alike (`rows_alike` of range.sql).
pg_catalog.sum(operations) AS operations,
(pg_catalog.sum(records) FILTER (WHERE has_records))::pg_catalog.float8 AS records,
pg_catalog.max(highest) AS largest,
(pg_catalog.sum(totals) FILTER (WHERE is_sized))::pg_catalog.float8 AS totals,
(pg_catalog.sum(records) FILTER (WHERE has_records AND NOT has_total))::pg_catalog.float8 AS records_without_total,
coalesce(pg_catalog.sum(operations) FILTER (WHERE has_total), 0) AS rows_with_total,
coalesce(pg_catalog.sum(operations) FILTER (WHERE is_sized), 0) AS works,
pg_catalog.min(smallest_total) FILTER (WHERE is_sized) AS smallest_total,
pg_catalog.max(largest_total) FILTER (WHERE has_total) AS largest_total,
coalesce(pg_catalog.sum(operations) FILTER (WHERE is_unit), 0) AS unit_works,
coalesce(pg_catalog.sum(operations) FILTER (WHERE is_reached), 0) AS reached_works,
coalesce(pg_catalog.sum(operations) FILTER (WHERE has_records AND is_sized), 0) AS evidence,
coalesce(pg_catalog.sum(operations) FILTER (WHERE has_records AND is_sized AND is_outside), 0) AS outside,
coalesce(pg_catalog.sum(operations) FILTER (WHERE has_records AND NOT is_sized), 0) AS bare,
coalesce(pg_catalog.sum(operations) FILTER (WHERE has_records AND NOT is_sized AND is_outside), 0) AS bare_outside,
pg_catalog.min(lowest) FILTER (WHERE has_records AND is_sized) AS smallest_evidence,
pg_catalog.max(highest) FILTER (WHERE has_records AND is_sized) AS largest_evidence,
pg_catalog.max(batch_size) AS largest_batch,
coalesce(pg_catalog.sum(operations)
  FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending' AND batch_size OPERATOR(pg_catalog.>) 0), 0) AS pending_sized,
(pg_catalog.sum(batch_size::pg_catalog.float8 OPERATOR(pg_catalog.*) operations::pg_catalog.float8)
  FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending' AND batch_size OPERATOR(pg_catalog.>) 0)) AS pending_sizes,
pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp)) AS first_start,
pg_catalog.date_part('epoch', pg_catalog.max(completed_at::timestamp)) AS last_end,
coalesce(pg_catalog.sum(operations) FILTER (WHERE is_timed), 0) AS timed_operations,
(pg_catalog.sum(records) FILTER (WHERE is_timed AND has_records))::pg_catalog.float8 AS timed_records,
pg_catalog.sum(CASE WHEN span OPERATOR(pg_catalog.=) 1 THEN micros::pg_catalog.float8 ELSE far_micros END)
  FILTER (WHERE is_timed) AS timed_micros
