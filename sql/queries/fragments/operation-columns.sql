-- The columns of an operation, named one by one because the table may have others, and the version of its row.
id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
error_message, batch_size, worker_id, source_query, validation_query, xmin::pg_catalog.text AS version
