-- The database's clock, as the snapshot of a poll has it.
SELECT 'clock' AS kind, pg_catalog.json_build_object('now', pg_catalog.date_part('epoch', localtimestamp)) AS body
