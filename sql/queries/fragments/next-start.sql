-- A start that is the smallest step later which the column can hold: of `timestamp(0)` a second. Trailing zeros of the start show
-- the precision.
operation.started_at::timestamp OPERATOR(pg_catalog.+) CASE
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) pg_catalog.date_trunc('second', operation.started_at::timestamp)
    THEN interval '1 second'
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) operation.started_at::timestamp(1) THEN interval '100 milliseconds'
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) operation.started_at::timestamp(2) THEN interval '10 milliseconds'
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) operation.started_at::timestamp(3) THEN interval '1 millisecond'
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) operation.started_at::timestamp(4) THEN interval '100 microseconds'
  WHEN operation.started_at::timestamp OPERATOR(pg_catalog.=) operation.started_at::timestamp(5) THEN interval '10 microseconds'
  ELSE interval '1 microsecond' END
