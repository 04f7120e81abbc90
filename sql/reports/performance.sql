-- Performance analysis: completed execution batches by table and batch size, the fastest first.
--
-- Of the first migration_control on the search path; for another one put its schema before each migration_control. All else
-- is written in full, so that nothing is called that another role has made in a schema of the search path.
--
-- For the operations of one run only, as migtop --since has it, set before it a timestamp, or the first id:
--   SET migtop.since = '2026-11-25 22:00';     for all again:     RESET migtop.since;
--
-- Mended, against the specification's query:
-- * The rate is all records over all seconds. The mean of each batch's own rate let a tiny batch weigh as much as a large
--   one.
-- * A batch whose two stamps are equal (both NOW() in one transaction) divided by zero and killed the query; stamps that go
--   backwards (writers in two time zones) or are infinite made nonsense of it. Such a batch is in batch_count but not in
--   measured_batches, and neither its records nor its time are in the rate or the average. Nor does the rate hold the time
--   of a batch that did not count its records.
-- * Durations are those between instants: a timestamp without a zone is read in the zone of the table's writers, also over a
--   change of summer time. In the hour that exists twice a timestamp gives no duration.
-- * Groups without a rate come last: NULL sorts first in a descending order.
-- * Where the rows of a table are cumulative (by the rule of table-status.sql), all batches of one size together have the
--   records from the lowest counter to the highest, and one batch more.
-- * Counters may be numeric or float8: NaN, infinity, a fraction and what no bigint holds count as NULL, and end no query.

WITH since AS (
  SELECT
    at,
    coalesce(
      id,
      (SELECT pg_catalog.min(started.id OPERATOR(pg_catalog.+) 0) FROM migration_control AS started
        WHERE at IS NOT NULL AND started.started_at OPERATOR(pg_catalog.>=) at),
      (SELECT pg_catalog.max(before.id) OPERATOR(pg_catalog.+) 1 FROM (
        SELECT earlier.id FROM migration_control AS earlier
        WHERE at IS NOT NULL AND earlier.started_at OPERATOR(pg_catalog.<) at
        ORDER BY earlier.started_at DESC LIMIT 1000) AS before)
    ) AS first_id
  FROM (
    SELECT
      CASE WHEN given OPERATOR(pg_catalog.~) '^[0-9]{1,18}$' THEN given::bigint END AS id,
      CASE WHEN given OPERATOR(pg_catalog.!~) '^[0-9]{1,18}$' THEN given::timestamp END AS at
    FROM (
      SELECT CASE WHEN pg_catalog.current_setting('migtop.since', true) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.current_setting('migtop.since', true) END AS given
    ) AS setting
  ) AS asked
),
-- The time zone in which the writers of the table take their timestamps, by the rule of migtop: the default of the database or
-- of the server, not what is set for this role or session. Where the running operations all start ahead of its clock, they
-- are from another zone, of which only the distance to it is known, and whose clocks are taken not to change.
zone AS (
  SELECT CASE WHEN pg_catalog.isfinite(earliest)
      AND earliest OPERATOR(pg_catalog.>) (pg_catalog.timezone(default_zone, pg_catalog.now()) OPERATOR(pg_catalog.+) interval '60 seconds')
    THEN 'UTC' ELSE default_zone END AS name
  FROM (
    SELECT
      CASE WHEN source OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'database user', 'client', 'session', 'override', 'interactive'])
        THEN coalesce(
          (SELECT pg_catalog.substr(given, 10)
           FROM pg_catalog.pg_db_role_setting
           CROSS JOIN pg_catalog.unnest(setconfig) AS given
           WHERE setrole OPERATOR(pg_catalog.=) 0
             AND (setdatabase OPERATOR(pg_catalog.=) 0 OR setdatabase OPERATOR(pg_catalog.=) (
               SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
             AND pg_catalog.lower(pg_catalog.left(given, 9)) OPERATOR(pg_catalog.=) 'timezone='
           ORDER BY setdatabase DESC
           LIMIT 1),
          pg_catalog.current_setting('log_timezone'))
        ELSE pg_catalog.current_setting('TimeZone') END AS default_zone,
      (SELECT pg_catalog.min(running.started_at::timestamp) FROM migration_control AS running
        WHERE running.status OPERATOR(pg_catalog.=) 'running' AND pg_catalog.isfinite(running.started_at)
          AND pg_catalog.pg_typeof(running.started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype) AS earliest
    FROM pg_catalog.pg_settings
    WHERE pg_settings.name OPERATOR(pg_catalog.=) 'TimeZone'
  ) AS setting
),
control AS (
  SELECT
    migration_control.id,
    table_name,
    operation,
    status,
    started_at,
    completed_at,
    source_query,
    validation_query,
    CASE WHEN records_processed OPERATOR(pg_catalog.>) (-9223372036854775807)::bigint
        AND records_processed OPERATOR(pg_catalog.<) 9223372036854775807::bigint
      THEN CASE WHEN records_processed::bigint OPERATOR(pg_catalog.=) records_processed THEN records_processed::bigint END END AS records_processed,
    CASE WHEN total_records OPERATOR(pg_catalog.>) (-9223372036854775807)::bigint
        AND total_records OPERATOR(pg_catalog.<) 9223372036854775807::bigint
      THEN CASE WHEN total_records::bigint OPERATOR(pg_catalog.=) total_records THEN total_records::bigint END END AS total_records,
    CASE WHEN batch_size OPERATOR(pg_catalog.>) (-9223372036854775807)::bigint
        AND batch_size OPERATOR(pg_catalog.<) 9223372036854775807::bigint
      THEN CASE WHEN batch_size::bigint OPERATOR(pg_catalog.=) batch_size THEN batch_size::bigint END END AS batch_size
  FROM migration_control
  CROSS JOIN since
  WHERE phase OPERATOR(pg_catalog.=) 'execution'
    AND (since.first_id IS NULL OR migration_control.id OPERATOR(pg_catalog.>=) since.first_id)
    AND (since.at IS NULL OR started_at IS NULL OR started_at OPERATOR(pg_catalog.>=) since.at)
),
operations AS (
  SELECT
    id,
    table_name,
    operation,
    status,
    batch_size AS named_batch,
    started_at,
    completed_at,
    source_query,
    validation_query,
    coalesce(records_processed OPERATOR(pg_catalog.>=) 0, false) AS is_reported,
    CASE WHEN records_processed OPERATOR(pg_catalog.>) 0 THEN records_processed ELSE 0 END AS counter,
    CASE WHEN total_records OPERATOR(pg_catalog.>=) 0 THEN total_records END AS total,
    CASE WHEN batch_size OPERATOR(pg_catalog.>) 0 THEN batch_size END AS batch,
    (batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size) IS NOT TRUE AS is_outside,
    status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused']) AS is_open
  FROM control
),
sums AS (
  SELECT
    table_name,
    pg_catalog.count(*) AS operations,
    pg_catalog.sum(counter) AS records,
    pg_catalog.sum(coalesce(total, counter)) AS totals,
    pg_catalog.count(total) AS with_total,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0) AS works,
    pg_catalog.min(total) FILTER (WHERE total OPERATOR(pg_catalog.>) 0) AS smallest_total,
    pg_catalog.max(total) AS largest_total,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND total OPERATOR(pg_catalog.=) batch) AS unit_works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND status OPERATOR(pg_catalog.=) 'completed' AND counter OPERATOR(pg_catalog.>=) total) AS reached_works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_open) AS open_works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND status OPERATOR(pg_catalog.=) 'failed') AS failed_works,
    pg_catalog.count(*) FILTER (WHERE counter OPERATOR(pg_catalog.>) 0 AND is_outside) AS outside
  FROM operations
  GROUP BY table_name
),
-- The rows by which it is told: all of a small table, and of one that has records beyond its batches.
rows AS (
  SELECT
    operations.*,
    sums.operations AS in_table,
    with_total,
    CASE WHEN pg_catalog.isfinite(started_at) THEN started_at
      WHEN pg_catalog.isfinite(completed_at) THEN completed_at END AS place,
    CASE WHEN sums.operations OPERATOR(pg_catalog.<=) 48 AND source_query OPERATOR(pg_catalog.~) '[^[:space:];]'
      THEN pg_catalog.regexp_replace(source_query, '[[:space:]]+', ' ', 'g') END AS query
  FROM operations
  JOIN sums ON sums.table_name OPERATOR(pg_catalog.=) operations.table_name
  WHERE sums.operations OPERATOR(pg_catalog.<=) 48 OR outside OPERATOR(pg_catalog.>) 0
),
-- Attempts of one work have the same query, and it names its range, or all but one of them say that they repeat.
works AS (
  SELECT
    table_name,
    pg_catalog.max(total) AS total,
    greatest(pg_catalog.max(counter), least(coalesce(pg_catalog.max(total), 0), pg_catalog.sum(counter))) AS records,
    pg_catalog.bool_or(total OPERATOR(pg_catalog.=) batch) AS is_unit,
    pg_catalog.bool_or(is_open) AS is_open,
    pg_catalog.bool_or(status OPERATOR(pg_catalog.=) 'completed') AS is_completed,
    pg_catalog.bool_or(status OPERATOR(pg_catalog.=) 'failed') AS is_failed,
    pg_catalog.bool_or(counter OPERATOR(pg_catalog.>) 0 AND (total OPERATOR(pg_catalog.>) 0 OR with_total OPERATOR(pg_catalog.=) 0)) AS is_evidence
  FROM (
    SELECT
      *,
      CASE
        WHEN query IS NULL THEN id::pg_catalog.text
        WHEN query OPERATOR(pg_catalog.~*) ' (limit|offset) [0-9]' THEN query
        WHEN query OPERATOR(pg_catalog.~*) '[a-z0-9_."] ?(<=|>=|<|>|between) ?[0-9$'':-]' THEN query
        WHEN pg_catalog.count(*) FILTER (WHERE (operation OPERATOR(pg_catalog.~*) 'retry') IS NOT TRUE)
          OVER (PARTITION BY table_name, query) OPERATOR(pg_catalog.<=) 1 THEN query
        ELSE id::pg_catalog.text
      END AS work
    FROM rows
    WHERE in_table OPERATOR(pg_catalog.<=) 48
  ) attempts
  GROUP BY table_name, work
),
measured AS (
  SELECT table_name, records, totals, works, smallest_total, largest_total, unit_works, reached_works, open_works,
    failed_works, NULL::bigint AS evidence_works
  FROM sums
  WHERE operations OPERATOR(pg_catalog.>) 48
  UNION ALL
  SELECT
    table_name,
    pg_catalog.sum(records),
    pg_catalog.sum(coalesce(total, records)),
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0),
    pg_catalog.min(total) FILTER (WHERE total OPERATOR(pg_catalog.>) 0),
    pg_catalog.max(total),
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_unit),
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_completed AND NOT is_open AND records OPERATOR(pg_catalog.>=) total),
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_open),
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_failed AND NOT is_completed AND NOT is_open),
    pg_catalog.count(*) FILTER (WHERE is_evidence)
  FROM works
  GROUP BY table_name
),
evidence AS (
  SELECT
    *,
    pg_catalog.row_number() OVER (PARTITION BY table_name, status OPERATOR(pg_catalog.=) 'completed' ORDER BY place NULLS FIRST, id) AS nth
  FROM rows
  WHERE counter OPERATOR(pg_catalog.>) 0
    AND (total OPERATOR(pg_catalog.>) 0 OR with_total OPERATOR(pg_catalog.=) 0)
    AND (validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]*[*]/$') IS NOT TRUE
),
-- Of a large table the first rows tell.
judged AS (
  SELECT *
  FROM evidence
  WHERE in_table OPERATOR(pg_catalog.<=) 48 OR nth OPERATOR(pg_catalog.<=) CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN 8 ELSE 16 END
),
stepped AS (
  SELECT
    table_name,
    pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2
      AND pg_catalog.bool_and(step OPERATOR(pg_catalog.>) 0 AND (step OPERATOR(pg_catalog.*) 2) OPERATOR(pg_catalog.<=) (unit OPERATOR(pg_catalog.*) 3))
      AND pg_catalog.bool_or(is_last AND counter OPERATOR(pg_catalog.>) unit) AS is_cumulative
  FROM (
    SELECT
      table_name,
      counter,
      coalesce(batch, pg_catalog.first_value(counter) OVER by_start) AS unit,
      counter OPERATOR(pg_catalog.-) coalesce(pg_catalog.lag(counter) OVER by_start, 0) AS step,
      pg_catalog.lead(id) OVER by_start IS NULL AS is_last
    FROM judged
    WHERE status OPERATOR(pg_catalog.=) 'completed'
    WINDOW by_start AS (PARTITION BY table_name ORDER BY place NULLS FIRST, id)
  ) steps
  GROUP BY table_name
),
falls AS (
  SELECT table_name, pg_catalog.bool_or(is_below) AS is_falling
  FROM (
    SELECT table_name,
      counter OPERATOR(pg_catalog.<) pg_catalog.lag(counter) OVER (PARTITION BY table_name ORDER BY place NULLS FIRST, id) AS is_below
    FROM judged
  ) pairs
  GROUP BY table_name
),
batches AS (
  SELECT
    table_name,
    pg_catalog.count(*) AS rows,
    pg_catalog.count(*) FILTER (WHERE is_outside) AS outside,
    pg_catalog.count(*) FILTER (WHERE NOT is_open) OPERATOR(pg_catalog.>=) 2
      AND pg_catalog.min(counter) FILTER (WHERE NOT is_open) OPERATOR(pg_catalog.=) pg_catalog.max(counter) FILTER (WHERE NOT is_open)
      OR pg_catalog.min(counter) OPERATOR(pg_catalog.=) pg_catalog.max(counter) AS is_even
  FROM evidence
  GROUP BY table_name
),
told AS (
  SELECT
    measured.*,
    CASE
      WHEN measured.works OPERATOR(pg_catalog.>=) 2 AND (
        (largest_total OPERATOR(pg_catalog.-) smallest_total) OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.>) largest_total
        OR unit_works OPERATOR(pg_catalog.>=) 2
        OR reached_works OPERATOR(pg_catalog.>) 0
          AND open_works OPERATOR(pg_catalog.+) failed_works OPERATOR(pg_catalog.>) 0
          AND NOT (coalesce(is_cumulative, false) AND reached_works OPERATOR(pg_catalog.=) 1 AND open_works OPERATOR(pg_catalog.=) 0)
      ) THEN 'own totals'
      WHEN is_cumulative THEN 'cumulative'
      WHEN coalesce(evidence_works, rows, 0) OPERATOR(pg_catalog.<=) 1 OR outside OPERATOR(pg_catalog.=) 0 OR is_even OR is_falling THEN 'per batch'
      ELSE 'unclear'
    END AS counting
  FROM measured
  LEFT JOIN stepped ON stepped.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN falls ON falls.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN batches ON batches.table_name OPERATOR(pg_catalog.=) measured.table_name
),
-- A timestamp without a zone that two instants have, in the hour before clocks are set back, gives no duration.
timed AS (
  SELECT
    stamped.*,
    CASE
      WHEN pg_catalog.isfinite(start_instant) AND pg_catalog.isfinite(end_instant) AND end_instant OPERATOR(pg_catalog.>) start_instant
        AND (start_before OPERATOR(pg_catalog.>) interval '0' AND start_local OPERATOR(pg_catalog.=)
          pg_catalog.timezone(zone_name, start_instant OPERATOR(pg_catalog.-) start_before)) IS NOT TRUE
        AND (end_before OPERATOR(pg_catalog.>) interval '0' AND end_local OPERATOR(pg_catalog.=)
          pg_catalog.timezone(zone_name, end_instant OPERATOR(pg_catalog.-) end_before)) IS NOT TRUE
      THEN pg_catalog.date_part('epoch', end_instant) OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', start_instant)
    END AS seconds
  FROM (
    SELECT
      instants.*,
      -- How far the clocks have been set back within the last three hours.
      CASE WHEN pg_catalog.isfinite(start_local) THEN
        pg_catalog.timezone(zone_name, start_instant OPERATOR(pg_catalog.-) interval '3 hours')
          OPERATOR(pg_catalog.-) (start_local OPERATOR(pg_catalog.-) interval '3 hours') END AS start_before,
      CASE WHEN pg_catalog.isfinite(end_local) THEN
        pg_catalog.timezone(zone_name, end_instant OPERATOR(pg_catalog.-) interval '3 hours')
          OPERATOR(pg_catalog.-) (end_local OPERATOR(pg_catalog.-) interval '3 hours') END AS end_before
    FROM (
      SELECT
        operations.*,
        zone.name AS zone_name,
        CASE WHEN NOT has_start_zone THEN started_at::timestamp END AS start_local,
        CASE WHEN NOT has_end_zone THEN completed_at::timestamp END AS end_local,
        CASE WHEN has_start_zone THEN started_at::timestamp with time zone
          ELSE pg_catalog.timezone(zone.name, started_at::timestamp) END AS start_instant,
        CASE WHEN has_end_zone THEN completed_at::timestamp with time zone
          ELSE pg_catalog.timezone(zone.name, completed_at::timestamp) END AS end_instant
      FROM operations
      CROSS JOIN zone
      CROSS JOIN LATERAL (SELECT
        pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype AS has_start_zone,
        pg_catalog.pg_typeof(completed_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype AS has_end_zone
      ) AS types
      WHERE status OPERATOR(pg_catalog.=) 'completed' AND completed_at IS NOT NULL AND started_at IS NOT NULL
    ) AS instants
  ) AS stamped
),
batch_sizes AS (
  SELECT
    table_name,
    named_batch AS batch_size,
    pg_catalog.count(*) AS batch_count,
    pg_catalog.count(*) FILTER (WHERE is_reported AND seconds IS NOT NULL) AS measured_batches,
    pg_catalog.avg(seconds) AS average_seconds,
    pg_catalog.sum(seconds) FILTER (WHERE is_reported) AS seconds,
    pg_catalog.sum(counter) FILTER (WHERE is_reported AND seconds IS NOT NULL) AS summed,
    pg_catalog.min(counter) FILTER (WHERE is_reported AND seconds IS NOT NULL) AS smallest,
    pg_catalog.max(counter) FILTER (WHERE is_reported AND seconds IS NOT NULL) AS largest
  FROM timed
  GROUP BY table_name, named_batch
)
SELECT
  batch_sizes.table_name,
  batch_size,
  pg_catalog.round(
    (
      CASE
        WHEN counting OPERATOR(pg_catalog.=) 'cumulative'
        THEN largest OPERATOR(pg_catalog.-) smallest OPERATOR(pg_catalog.+) least(smallest, CASE WHEN batch_size OPERATOR(pg_catalog.>) 0 THEN batch_size END)
        ELSE summed
      END::pg_catalog.float8 OPERATOR(pg_catalog./) seconds
    )::numeric, 3
  ) AS records_per_second,
  pg_catalog.round(average_seconds::numeric, 3) AS avg_batch_duration,
  batch_count,
  measured_batches
FROM batch_sizes
JOIN told ON told.table_name OPERATOR(pg_catalog.=) batch_sizes.table_name
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size;
