-- Whether a row has a duration, and whether its counters are evidence of how its table counts (docs/figures.md).
status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at)
  AND completed_at OPERATOR(pg_catalog.>) started_at
  AND started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '1900-01-01'
  AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2200-01-01' AS timed,
records_processed OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.>) 0 AS is_evidence,
records_processed OPERATOR(pg_catalog.>) 0 AND (total_records OPERATOR(pg_catalog.>) 0) IS NOT TRUE AS is_bare,
(batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size) IS NOT TRUE AS is_outside
