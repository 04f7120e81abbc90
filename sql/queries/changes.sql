-- The changes in the table since the last poll, found through the four indexes of the specification, and the figures that show
-- whether these are all changes. One statement, and therefore one snapshot of the database.
--  $1 xid       the oldest transaction that was in progress at the last poll; null at the first poll
--  $2 bigint    candidates are: ids above this one,
--  $3 float8      operations that started after this timestamp,
--  $4 text[]      those in one of these statuses,
--  $5 bigint[]    and these ids: the operations that were live at the last poll
--  $6 bigint[]  ids to fetch whether they changed or not
--  $7 text[]    'id version' of rows that the last poll fetched and that $1 alone would fetch again
--  $8 int       maximum number of rows to fetch
--  $9 text[]    statuses of which every row is counted, by the index alone
-- $10 text      the table's name
-- $11 text[]    statuses of which every candidate is fetched, changed or not, known or not
-- $12 bigint    above this id only live and failed rows are fetched; null: all
-- $13 boolean   above it, also the rows of transactions that the next poll reads again (summed.sql adds up the others)
-- A candidate is fetched only if a transaction wrote it that was in progress at the last poll, or a later one. `age` compares
-- transactions as PostgreSQL does; a frozen row may seem to be newer than all of them. Timestamps are as in snapshot.sql. Texts
-- that do not change are fetched only with rows that were not live before. The upper bounds exclude no row: without statistics
-- PostgreSQL estimates that a range with one bound matches a third of the table, and reads all of it; for a range with two
-- bounds it estimates one two-hundredth.
WITH RECURSIVE changed AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE (id OPERATOR(pg_catalog.>) $2::bigint AND id OPERATOR(pg_catalog.<=) 9223372036854775807
      OR started_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
        OPERATOR(pg_catalog.+) ($3::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
        AND started_at OPERATOR(pg_catalog.<=) 'infinity'
      OR status OPERATOR(pg_catalog.=) ANY ($4::pg_catalog.text[])
      OR id OPERATOR(pg_catalog.=) ANY ($5::bigint[]))
    AND (pg_catalog.age(xmin) OPERATOR(pg_catalog.>=) 0
      AND pg_catalog.age(xmin) OPERATOR(pg_catalog.<=) pg_catalog.age($1::pg_catalog.xid)
        AND (id::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) xmin::pg_catalog.text)
          OPERATOR(pg_catalog.<>) ALL ($7::pg_catalog.text[])
      OR status OPERATOR(pg_catalog.=) ANY ($11::pg_catalog.text[]))
    AND id::bigint OPERATOR(pg_catalog.<>) ALL ($6::bigint[])
    AND ($12::bigint IS NULL OR id OPERATOR(pg_catalog.<=) $12::bigint
      OR status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused', 'failed'])
      OR $13::boolean AND pg_catalog.age(xmin) OPERATOR(pg_catalog.<=) (SELECT pg_catalog.age(
        (pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) OPERATOR(pg_catalog.%) 4294967296)
          ::pg_catalog.text::pg_catalog.xid)))
  ORDER BY status OPERATOR(pg_catalog.=) 'failed', status OPERATOR(pg_catalog.=) 'paused',
    coalesce(completed_at, started_at) DESC NULLS LAST, id DESC
  LIMIT $8::int
),
watched AS (
  SELECT
    -- include fragments/operation-columns.sql
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.=) ANY ($6::bigint[])
),
-- The table and its partitions: a TRUNCATE, a restore or a new partition shows in the files that hold them.
relations AS (
  SELECT pg_catalog.to_regclass($10::pg_catalog.text)::pg_catalog.oid AS oid
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN relations ON inhparent OPERATOR(pg_catalog.=) relations.oid
)
SELECT 'now' AS kind, pg_catalog.json_build_object(
    'now', pg_catalog.date_part('epoch', localtimestamp),
    'xmin', pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()),
    'xmax', pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()),
    'takes_writes',
      -- include fragments/takes-writes.sql
    ,
    'server', pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()),
    'storage', (SELECT pg_catalog.concat(
      -- include fragments/relation-key.sql
      , ' ', (SELECT pg_catalog.md5(
        pg_catalog.string_agg(pg_catalog.concat(oid, ' ', pg_catalog.pg_relation_filenode(oid)), ',' ORDER BY oid))
        FROM relations))
      FROM (SELECT pg_catalog.to_regclass($10::pg_catalog.text)::pg_catalog.oid AS oid) relation),
    'inserted', (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(oid)) FROM relations),
    'updated', (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(oid)) FROM relations),
    'deleted', (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(oid)) FROM relations),
    -- The statistics of the table are reset with those of the database or, after a crash, of the server.
    'resets', (SELECT pg_catalog.concat((pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_db_stat_reset_time(oid))
          OPERATOR(pg_catalog.*) 1000)::bigint, ' ',
        (pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_bgwriter_stat_reset_time()) OPERATOR(pg_catalog.*) 1000)::bigint)
      FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()),
    'highest_id', (SELECT pg_catalog.max(id)::pg_catalog.text FROM migration_control),
    'lowest_id', CASE WHEN $1::pg_catalog.xid IS NULL
      THEN (SELECT pg_catalog.min(id)::pg_catalog.text FROM migration_control) END,
    'newest_start', (SELECT pg_catalog.date_part('epoch', pg_catalog.max(started_at::timestamp)) FROM migration_control
      WHERE started_at OPERATOR(pg_catalog.<=) localtimestamp AND started_at OPERATOR(pg_catalog.>) '-infinity')) AS body
UNION ALL
SELECT 'status', pg_catalog.json_build_array(status::pg_catalog.text, pg_catalog.count(*))
FROM migration_control
WHERE status OPERATOR(pg_catalog.=) ANY ($9::pg_catalog.text[])
GROUP BY status
UNION ALL
SELECT 'row', pg_catalog.json_build_array(id, pg_catalog.left(phase, 200), pg_catalog.left(table_name, 200),
    pg_catalog.left(operation, 200), pg_catalog.left(status, 200),
    records_processed, total_records, pg_catalog.date_part('epoch', started_at::timestamp),
    pg_catalog.date_part('epoch', completed_at::timestamp), batch_size, worker_id, version,
    -- include fragments/identity.sql
    , pg_catalog.left(error_message, 400),
    CASE WHEN is_new THEN
      -- include fragments/compared-query.sql
    END,
    -- The worker library may add its mark (source/domain/mark.ts) later.
    CASE WHEN pg_catalog.right(validation_query, 2) OPERATOR(pg_catalog.=) '*/' THEN pg_catalog.concat(
        CASE WHEN is_new
          THEN pg_catalog.left(pg_catalog.regexp_replace(validation_query, ' ?/[*] migtop run=[^*]*[*]/$', ''), 120) END,
        pg_catalog."substring"(validation_query, ' ?/[*] migtop run=[^*]*[*]/$'))
      WHEN is_new THEN pg_catalog.left(validation_query, 120) END,
    CASE WHEN is_new THEN
      -- include fragments/query-digest.sql
    END)
FROM (
  -- Of one type and in a separate subquery, PostgreSQL 15 looks the id up in a hash table: comparing it with thousands of ids
  -- for each row takes longer than all the rest.
  SELECT *, id::bigint OPERATOR(pg_catalog.<>) ALL ($5::bigint[]) AS is_new
  FROM (SELECT * FROM changed UNION ALL SELECT * FROM watched) rows
  OFFSET 0
) operations
UNION ALL
-- include fragments/worker-sessions.sql
