-- The sums of rows of one phase, table and status, which `count-names.sql` lists. From fragments/row-evidence.sql and `is_side`.
pg_catalog.count(*) AS operations,
pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE records_processed OPERATOR(pg_catalog.>) 0) AS records,
pg_catalog.max(records_processed) AS largest,
pg_catalog.sum(total_records::pg_catalog.float8) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0) AS totals,
pg_catalog.sum(records_processed::pg_catalog.float8)
  FILTER (WHERE records_processed OPERATOR(pg_catalog.>) 0 AND (total_records OPERATOR(pg_catalog.>=) 0) IS NOT TRUE)
  AS records_without_total,
pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>=) 0) AS rows_with_total,
pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0) AS works,
pg_catalog.min(total_records) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0) AS smallest_total,
pg_catalog.max(total_records) FILTER (WHERE total_records OPERATOR(pg_catalog.>=) 0) AS largest_total,
pg_catalog.count(*) FILTER (WHERE is_side AND total_records OPERATOR(pg_catalog.=) batch_size) AS unit_works,
pg_catalog.count(*) FILTER (WHERE total_records OPERATOR(pg_catalog.>) 0
  AND records_processed OPERATOR(pg_catalog.>=) total_records) AS reached_works,
pg_catalog.count(*) FILTER (WHERE is_evidence) AS evidence,
pg_catalog.count(*) FILTER (WHERE is_evidence AND is_outside) AS outside,
pg_catalog.count(*) FILTER (WHERE is_bare) AS bare,
pg_catalog.count(*) FILTER (WHERE is_bare AND is_outside) AS bare_outside,
pg_catalog.min(records_processed) FILTER (WHERE is_evidence) AS smallest_evidence,
pg_catalog.max(records_processed) FILTER (WHERE is_evidence) AS largest_evidence,
pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE is_evidence) AS evidence_records,
pg_catalog.min(records_processed) FILTER (WHERE is_bare) AS smallest_bare,
pg_catalog.max(batch_size) AS largest_batch,
pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending' AND batch_size OPERATOR(pg_catalog.>) 0) AS pending_sized,
pg_catalog.sum(batch_size::pg_catalog.float8)
  FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending' AND batch_size OPERATOR(pg_catalog.>) 0) AS pending_sizes,
pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp) FILTER (WHERE pg_catalog.isfinite(started_at)))
  AS first_start,
pg_catalog.date_part('epoch', pg_catalog.max(completed_at::timestamp) FILTER (WHERE pg_catalog.isfinite(completed_at)))
  AS last_end,
pg_catalog.count(*) FILTER (WHERE timed) AS timed_operations,
pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE timed AND records_processed OPERATOR(pg_catalog.>) 0)
  AS timed_records,
pg_catalog.sum(pg_catalog.floor(
    (pg_catalog.date_part('epoch', completed_at::timestamp)
      OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
    OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5))
  FILTER (WHERE timed) AS timed_micros
