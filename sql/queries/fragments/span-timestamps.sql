-- The start and the end of a batch, by intervals of $6 seconds.
pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
  OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS from_timestamp,
pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
  OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS to_timestamp
