-- Tells operations that share an id apart: a digest of phase, table and operation.
pg_catalog.left(pg_catalog.md5(pg_catalog.concat_ws(pg_catalog.chr(31), phase, table_name, operation)), 12)
