-- The batches that ended after $4 and until $5.
completed_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
AND completed_at OPERATOR(pg_catalog.<=) (timestamp 'epoch'
  OPERATOR(pg_catalog.+) ($5::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
AND phase OPERATOR(pg_catalog.=) 'execution'
AND records_processed OPERATOR(pg_catalog.>) 0
AND started_at OPERATOR(pg_catalog.<=) completed_at
AND pg_catalog.isfinite(started_at)
