-- What changed in the table since the last poll, found through the four indexes of the specification, and beside it
-- what tells whether that was all. One statement, and so one snapshot of the database.
--  $1 xid       the oldest transaction whose end the last poll could not see; null at the first one
--  $2 bigint    candidates are: ids above this one,
--  $3 float8      operations that started after this stamp,
--  $4 text[]      those in one of these statuses,
--  $5 bigint[]    and these ids: what was live at the last poll
--  $6 bigint[]  ids to bring whether they changed or not
--  $7 text[]    'id version' of rows that the last poll brought and that $1 alone would bring again
--  $8 int       how many rows to bring at most
--  $9 text[]    statuses of which every row is counted, by the index alone
-- $10 text      the table's name
-- $11 text[]    statuses of which every candidate comes, changed or not, known or not
-- Of the candidates only rows come that were written by a transaction which the last poll could not see: `age` is the
-- way in which transactions compare, and what is frozen may seem to be of the future. Stamps as in snapshot.sql. Texts
-- that do not change come with what was not live before. The upper bounds keep nothing out: without statistics PostgreSQL
-- takes a range with one end for a third of the table, and reads all of it; with two for a two-hundredth.
WITH RECURSIVE changed AS (
  SELECT id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    error_message, batch_size, worker_id, source_query, validation_query, xmin::text AS version
  FROM migration_control
  WHERE (id > $2::bigint AND id <= 9223372036854775807
      OR started_at > timestamp 'epoch' + $3::float8 * interval '1 second' AND started_at <= 'infinity'
      OR status = ANY ($4::text[])
      OR id = ANY ($5::bigint[]))
    AND (age(xmin) BETWEEN 0 AND age($1::xid) AND id || ' ' || xmin::text <> ALL ($7::text[]) OR status = ANY ($11::text[]))
    AND id <> ALL ($6::bigint[])
  ORDER BY status = 'failed', completed_at DESC NULLS LAST, id DESC
  LIMIT $8::int
),
watched AS (
  SELECT id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    error_message, batch_size, worker_id, source_query, validation_query, xmin::text AS version
  FROM migration_control
  WHERE id = ANY ($6::bigint[])
),
-- The table and its partitions: a TRUNCATE, a restore or a new partition shows in the files that hold them.
relations AS (
  SELECT to_regclass($10::text)::oid AS oid
  UNION
  SELECT inhrelid FROM pg_inherits JOIN relations ON inhparent = relations.oid
)
SELECT 'now' AS kind, json_build_object(
    'now', date_part('epoch', localtimestamp),
    'xmin', txid_snapshot_xmin(txid_current_snapshot()),
    'xmax', txid_snapshot_xmax(txid_current_snapshot()),
    'server', date_part('epoch', pg_postmaster_start_time()),
    'storage', (SELECT md5(string_agg(concat(oid, ' ', pg_relation_filenode(oid)), ',' ORDER BY oid)) FROM relations),
    'updated', (SELECT sum(pg_stat_get_tuples_updated(oid)) FROM relations),
    'deleted', (SELECT sum(pg_stat_get_tuples_deleted(oid)) FROM relations),
    'highest_id', (SELECT max(id)::text FROM migration_control),
    'lowest_id', CASE WHEN $1::xid IS NULL THEN (SELECT min(id)::text FROM migration_control) END,
    'newest_start', (SELECT date_part('epoch', max(started_at::timestamp)) FROM migration_control
      WHERE started_at <= localtimestamp AND started_at > '-infinity')) AS body
UNION ALL
SELECT 'status', json_build_array(status, count(*))
FROM migration_control
WHERE status = ANY ($9::text[])
GROUP BY status
UNION ALL
SELECT 'row', json_build_array(id, left(phase, 200), left(table_name, 200), left(operation, 200), left(status, 200),
    records_processed, total_records, date_part('epoch', started_at::timestamp),
    date_part('epoch', completed_at::timestamp), batch_size, worker_id, version,
    left(md5(concat_ws(chr(31), phase, table_name, operation)), 12), left(error_message, 400),
    CASE WHEN is_new THEN left(source_query, 120) END, CASE WHEN is_new THEN left(validation_query, 120) END)
FROM (
  SELECT *, status IN ('running', 'paused', 'failed') AND id <> ALL ($5::bigint[]) AS is_new
  FROM (SELECT * FROM changed UNION ALL SELECT * FROM watched) rows
) operations
UNION ALL
-- Workers that name themselves (migtop/worker): where each is, whether it waits because of a pause, and who blocks it.
SELECT 'session', json_build_object(
    'application_name', left(application_name, 64),
    'pid', pid,
    'blocked_by', CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END)
FROM pg_stat_activity
WHERE application_name LIKE 'migtop run=%'
  AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())
