-- The bits of `row-shape.sql`, and above them the span of `row-span.sql`, of rows that are alike.
(shape OPERATOR(pg_catalog.&) 1) OPERATOR(pg_catalog.>) 0 AS has_counter,
(shape OPERATOR(pg_catalog.&) 2) OPERATOR(pg_catalog.>) 0 AS has_records,
(shape OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.>) 0 AS has_total,
(shape OPERATOR(pg_catalog.&) 8) OPERATOR(pg_catalog.>) 0 AS is_sized,
(shape OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.>) 0 AS is_side,
(shape OPERATOR(pg_catalog.&) 32) OPERATOR(pg_catalog.>) 0 AS is_unit,
(shape OPERATOR(pg_catalog.&) 64) OPERATOR(pg_catalog.>) 0 AS is_reached,
(shape OPERATOR(pg_catalog.&) 128) OPERATOR(pg_catalog.>) 0 AS is_outside,
(shape OPERATOR(pg_catalog.&) 256) OPERATOR(pg_catalog.>) 0 AS is_ended,
shape OPERATOR(pg_catalog.>>) 9 AS span,
status OPERATOR(pg_catalog.=) 'completed' AND (shape OPERATOR(pg_catalog.>>) 9) OPERATOR(pg_catalog.>) 0 AS is_timed
