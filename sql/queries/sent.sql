-- The number of this transaction, by which settle.sql later finds out whether it was committed. The padding makes PostgreSQL
-- send it, and the results before it, before the commit (lock.sql).
SELECT pg_catalog.txid_current()::pg_catalog.text AS transaction, pg_catalog.repeat(' ', 8192) AS padding
