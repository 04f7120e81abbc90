-- The properties of a row's counters, as bits: 1 a counter, 2 above 0, 4 a total, 8 above 0, 16 of at most a batch, 32 of a
-- batch, 64 that the counter reached, 128 a counter beyond the batch.
CASE WHEN records_processed OPERATOR(pg_catalog.>) 0
    THEN CASE WHEN batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size
      THEN 3 ELSE 131 END
  WHEN records_processed OPERATOR(pg_catalog.=) 0 THEN 1 ELSE 0 END
OPERATOR(pg_catalog.+) CASE WHEN total_records OPERATOR(pg_catalog.>) 0
    THEN CASE WHEN total_records OPERATOR(pg_catalog.=) batch_size THEN 60
        WHEN total_records OPERATOR(pg_catalog.<=) batch_size THEN 28 ELSE 12 END
      OPERATOR(pg_catalog.+) CASE WHEN records_processed OPERATOR(pg_catalog.>=) total_records THEN 64 ELSE 0 END
  WHEN total_records OPERATOR(pg_catalog.=) 0 THEN 4 ELSE 0 END
