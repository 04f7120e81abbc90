-- The batches of the execution that ended in the last $1 seconds.
phase OPERATOR(pg_catalog.=) 'execution'
AND records_processed OPERATOR(pg_catalog.>) 0
AND completed_at OPERATOR(pg_catalog.>) (localtimestamp
  OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs => $1::pg_catalog.float8))
AND completed_at OPERATOR(pg_catalog.<=) localtimestamp
AND started_at OPERATOR(pg_catalog.<=) completed_at
AND pg_catalog.isfinite(started_at)
