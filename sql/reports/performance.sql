-- Performance analysis: completed execution batches by table and batch size, fastest first.
--
-- Reads the first migration_control on the search path. For another table, put its schema before each migration_control. All
-- other names are qualified, so that no function or operator of another role on the search path is called.
--
-- To read the operations of one run only, as with migtop --since, set a timestamp or the first id before:
--   SET migtop.since = '2026-11-25 22:00';     for all operations again:     RESET migtop.since;
--
-- Corrections to the specification's query:
-- * The rate is all records divided by all seconds. The mean of the batches' rates gave a small batch the weight of a large
--   one.
-- * A batch whose timestamps are equal (both NOW() in one transaction) divided by zero and failed the query; one whose end is
--   before its start (writers in two time zones) or infinite gave a wrong result. Such a batch is in batch_count but not in
--   measured_batches, and neither its records nor its time are in the rate or the average. The time of a batch without
--   a counter is not in the rate either.
-- * Durations are differences of instants: a timestamp without a zone is read in the zone of the table's writers, also across
--   a change of summer time. A timestamp in the hour that occurs twice gives no duration.
-- * Groups without a rate come last: NULL sorts first in descending order.
-- * If the rows of a table are cumulative (by the rule of table-status.sql), the records of all batches of one size are the
--   difference between the lowest and the highest counter, plus one batch.
-- * Counters may be numeric or float8: NaN, infinity, fractions and values beyond bigint count as NULL instead of failing.

WITH RECURSIVE since AS MATERIALIZED (
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
-- The tables of which migtop.since leaves out a part: those with operations of the day before, if these belong to the same run (the last
-- of them was at work in the hour before the first operation that is read). The others share their total with the operations before.
earliest AS MATERIALIZED (
  SELECT coalesce(CASE WHEN since.at IS NULL
    THEN (SELECT pg_catalog.min(first.started_at)::timestamp FROM (
      SELECT later.started_at FROM migration_control AS later
      WHERE later.id OPERATOR(pg_catalog.>=) since.first_id ORDER BY later.id LIMIT 1000) AS first)
    ELSE (SELECT pg_catalog.min(later.started_at)::timestamp FROM migration_control AS later
      WHERE later.started_at OPERATOR(pg_catalog.>=) since.at) END, localtimestamp) AS at
  FROM since
  WHERE since.first_id IS NOT NULL
),
before AS MATERIALIZED (
  SELECT phase, table_name, status, before.started_at::timestamp AS started_at, completed_at::timestamp AS completed_at
  FROM (
    (SELECT early.phase, early.table_name, early.status, early.started_at, early.completed_at
    FROM migration_control AS early
    WHERE early.started_at OPERATOR(pg_catalog.<) (SELECT since.at FROM since)
      AND early.started_at OPERATOR(pg_catalog.>=) (SELECT earliest.at OPERATOR(pg_catalog.-) interval '1 day' FROM earliest)
    ORDER BY early.started_at DESC LIMIT 20000)
    UNION ALL
    (SELECT lower.phase, lower.table_name, lower.status, lower.started_at, lower.completed_at
    FROM migration_control AS lower
    WHERE lower.id OPERATOR(pg_catalog.<) (SELECT since.first_id FROM since WHERE since.at IS NULL)
    ORDER BY lower.id DESC LIMIT 20000)
  ) AS before
  WHERE before.started_at OPERATOR(pg_catalog.>=) (SELECT earliest.at OPERATOR(pg_catalog.-) interval '1 day' FROM earliest)
),
parts AS MATERIALIZED (
  SELECT DISTINCT table_name
  FROM before
  WHERE phase OPERATOR(pg_catalog.=) 'execution' AND (
    SELECT pg_catalog.bool_or(other.status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused'])
      OR greatest(other.started_at, other.completed_at) OPERATOR(pg_catalog.>) (earliest.at OPERATOR(pg_catalog.-) interval '1 hour'))
    FROM before AS other
    CROSS JOIN earliest)
),
-- The time zone in which the table's writers take their timestamps, by migtop's rule: the default of the database or of the
-- server, not the setting of this role or session. If all running operations start in the future by that clock, the writers are
-- in another zone; only its offset is known, and it is assumed to have no summer time. A start that is in the future in every zone
-- proves nothing.
zone AS MATERIALIZED (
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
          AND running.started_at::timestamp OPERATOR(pg_catalog.<=)
            (pg_catalog.timezone('UTC', pg_catalog.now()) OPERATOR(pg_catalog.+) interval '14:00:05')
          AND pg_catalog.pg_typeof(running.started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype) AS earliest
    FROM pg_catalog.pg_settings
    WHERE pg_settings.name OPERATOR(pg_catalog.=) 'TimeZone'
  ) AS setting
),
-- The days around now without a clock change in that zone: there, timestamps differ by the same interval as their instants.
calm AS MATERIALIZED (
  SELECT
    pg_catalog.min(name) AS name,
    pg_catalog.min(today) OPERATOR(pg_catalog.-) ((coalesce(pg_catalog.min(ago) FILTER (WHERE is_other AND ago OPERATOR(pg_catalog.>) 0), 400) OPERATOR(pg_catalog.-) 2) OPERATOR(pg_catalog.*) interval '1 day') AS calm_from,
    pg_catalog.min(today) OPERATOR(pg_catalog.+) CASE WHEN pg_catalog.bool_or(is_other AND ago OPERATOR(pg_catalog.<) 0) THEN interval '0' ELSE interval '1 day' END AS calm_until
  FROM (
    SELECT
      name,
      today,
      ago,
      (day OPERATOR(pg_catalog.-) pg_catalog.timezone('UTC', pg_catalog.timezone(name, day)))
        OPERATOR(pg_catalog.<>) (today OPERATOR(pg_catalog.-) pg_catalog.timezone('UTC', pg_catalog.timezone(name, today))) AS is_other
    FROM (
      SELECT name, today, ago, today OPERATOR(pg_catalog.-) (ago OPERATOR(pg_catalog.*) interval '1 day') AS day
      FROM (SELECT name, pg_catalog.date_trunc('day', pg_catalog.timezone(name, pg_catalog.now())) AS today FROM zone) AS now
      CROSS JOIN pg_catalog.generate_series(-1, 400) AS ago
    ) AS days
  ) AS offsets
),
-- The hours that exist twice in that zone, since the first start: their timestamps do not say which of the two hours, so rows of one
-- of them are in order of id where the order of start is evidence.
-- The series of numbers and the LIMIT tell the planner how few rows there are. Without them it expects millions, and servers with JIT
-- compile the report, which takes more than ten seconds.
equal_hours AS MATERIALIZED (
  SELECT pg_catalog.min(quarter) AS since, pg_catalog.max(quarter) OPERATOR(pg_catalog.+) interval '15 minutes' AS until
  FROM (
    SELECT name, day, back, day OPERATOR(pg_catalog.+) (quarters_on OPERATOR(pg_catalog.*) interval '15 minutes') AS quarter
    FROM (
      SELECT name, day, back
      FROM (
        SELECT name, day, ahead OPERATOR(pg_catalog.-) pg_catalog.lead(ahead) OVER (ORDER BY day) AS back
        FROM (
          SELECT name, day, day OPERATOR(pg_catalog.-) pg_catalog.timezone('UTC', pg_catalog.timezone(name, day)) AS ahead
          FROM (
            SELECT name, at, ahead OPERATOR(pg_catalog.<>) pg_catalog.lead(ahead) OVER (ORDER BY at) AS is_changed
            FROM (
              SELECT name, at, at OPERATOR(pg_catalog.-) pg_catalog.timezone('UTC', pg_catalog.timezone(name, at)) AS ahead
              FROM zone
              CROSS JOIN pg_catalog.generate_series(
                pg_catalog.date_trunc('month', GREATEST(timestamp '2000-02-01', (SELECT pg_catalog.min(first.started_at)::timestamp
                  FROM migration_control AS first WHERE first.started_at OPERATOR(pg_catalog.>) '-infinity'))) OPERATOR(pg_catalog.-) interval '1 month',
                pg_catalog.now()::timestamp OPERATOR(pg_catalog.+) interval '2 months', interval '1 month') AS at
            ) AS months
          ) AS months
          CROSS JOIN pg_catalog.generate_series(0, 31) AS days_on
          CROSS JOIN LATERAL (SELECT at OPERATOR(pg_catalog.+) (days_on OPERATOR(pg_catalog.*) interval '1 day') AS day) AS named
          WHERE is_changed AND day OPERATOR(pg_catalog.<=) (at OPERATOR(pg_catalog.+) interval '1 month')
        ) AS days
      ) AS days
      WHERE back OPERATOR(pg_catalog.>) interval '0'
      LIMIT 1000
    ) AS days
    CROSS JOIN pg_catalog.generate_series(0, 108) AS quarters_on
  ) AS quarters
  WHERE pg_catalog.timezone(name, pg_catalog.timezone(name, quarter) OPERATOR(pg_catalog.-) back) OPERATOR(pg_catalog.=) quarter
  GROUP BY day
),
control AS NOT MATERIALIZED (
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
    -- Other statuses, such as 'COMPLETED', are not those of the specification: migtop lists such rows as unreadable.
    AND status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'completed', 'failed', 'paused', 'skipped'])
    AND migration_control.id OPERATOR(pg_catalog.>=) coalesce(since.first_id, (-9223372036854775807)::bigint)
    AND coalesce(started_at, 'infinity') OPERATOR(pg_catalog.>=) coalesce(since.at, '-infinity')
  -- Reads each value once, however often it is used.
  OFFSET 0
),
operations AS NOT MATERIALIZED (
  SELECT
    id,
    table_name,
    operation,
    status,
    batch_size AS named_batch,
    started_at,
    completed_at,
    -- Of a long query, the middle is replaced by a digest.
    CASE WHEN pg_catalog.octet_length(source_query) OPERATOR(pg_catalog.>) 2000
      THEN pg_catalog.concat(pg_catalog.left(source_query, 400), ' md5_', pg_catalog.md5(source_query), ' ', pg_catalog.right(source_query, 300))
      ELSE source_query END AS source_query,
    validation_query,
    coalesce(records_processed OPERATOR(pg_catalog.>=) 0, false) AS is_reported,
    CASE WHEN records_processed OPERATOR(pg_catalog.>) 0 THEN records_processed ELSE 0 END AS counter,
    CASE WHEN total_records OPERATOR(pg_catalog.>=) 0 THEN total_records END AS total,
    CASE WHEN batch_size OPERATOR(pg_catalog.>) 0 THEN batch_size END AS batch,
    (total_records OPERATOR(pg_catalog.>) 0 AND total_records OPERATOR(pg_catalog.<=) batch_size) IS TRUE AS is_side,
    (batch_size OPERATOR(pg_catalog.>) 0 AND records_processed OPERATOR(pg_catalog.<=) batch_size) IS NOT TRUE AS is_outside,
    (total_records OPERATOR(pg_catalog.>) 0) IS TRUE AS is_sized,
    (records_processed OPERATOR(pg_catalog.>) 0) IS TRUE AS is_moved,
    status OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'running', 'paused']) AS is_open
  FROM control
  OFFSET 0
),
-- One scan of the whole table.
figures AS MATERIALIZED (
  SELECT
    table_name,
    status,
    is_side,
    is_open,
    operations,
    records,
    totals,
    records_with_total,
    largest,
    CASE WHEN is_sized THEN operations ELSE 0 END AS works,
    CASE WHEN is_sized THEN smallest_total END AS smallest_total,
    largest_total,
    unit_works,
    reached,
    largest_batch,
    CASE WHEN is_moved AND is_sized THEN operations ELSE 0 END AS sized,
    CASE WHEN is_moved AND is_sized THEN outside ELSE 0 END AS sized_outside,
    CASE WHEN is_moved THEN outside ELSE 0 END AS outside,
    is_moved AND has_marks AS has_marks,
    is_moved AND has_own_marks AS has_own_marks,
    named_batch,
    batch_count,
    timed_batches,
    seconds,
    measured_batches,
    measured_seconds,
    summed,
    smallest_counter,
    largest_counter
  FROM (
    SELECT
      table_name,
      status,
      is_side,
      is_open,
      is_sized,
      is_moved,
      pg_catalog.count(*) AS operations,
      pg_catalog.sum(counter) AS records,
      pg_catalog.sum(coalesce(total, counter)) AS totals,
      pg_catalog.sum(counter) FILTER (WHERE total IS NOT NULL) AS records_with_total,
      pg_catalog.max(counter) AS largest,
      pg_catalog.min(total) AS smallest_total,
      pg_catalog.max(total) AS largest_total,
      pg_catalog.count(*) FILTER (WHERE is_side AND total OPERATOR(pg_catalog.=) batch) AS unit_works,
      pg_catalog.count(*) FILTER (WHERE is_sized AND counter OPERATOR(pg_catalog.>=) total) AS reached,
      pg_catalog.max(batch) AS largest_batch,
      pg_catalog.count(*) FILTER (WHERE is_outside) AS outside,
      coalesce(pg_catalog.bool_or(pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'), false) AS has_marks,
      coalesce(pg_catalog.bool_or(pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
        AND pg_catalog.strpos(validation_query, ' of=operation') OPERATOR(pg_catalog.>) 0), false) AS has_own_marks,
      named_batch,
      pg_catalog.count(*) FILTER (WHERE is_timed) AS batch_count,
      pg_catalog.count(seconds) FILTER (WHERE is_timed) AS timed_batches,
      pg_catalog.sum(seconds) FILTER (WHERE is_timed) AS seconds,
      pg_catalog.count(seconds) FILTER (WHERE is_timed AND is_reported) AS measured_batches,
      pg_catalog.sum(seconds) FILTER (WHERE is_timed AND is_reported) AS measured_seconds,
      pg_catalog.sum(counter) FILTER (WHERE is_timed AND is_reported AND seconds IS NOT NULL) AS summed,
      pg_catalog.min(counter) FILTER (WHERE is_timed AND is_reported AND seconds IS NOT NULL) AS smallest_counter,
      pg_catalog.max(counter) FILTER (WHERE is_timed AND is_reported AND seconds IS NOT NULL) AS largest_counter
    FROM (
      SELECT operations.*,
        status OPERATOR(pg_catalog.=) 'completed' AND started_at IS NOT NULL AND completed_at IS NOT NULL AS is_timed,
        CASE
              WHEN started_at IS NULL OR completed_at IS NULL THEN NULL
              -- No migration ran then: such timestamps are faults.
              WHEN started_at::timestamp OPERATOR(pg_catalog.<) '1900-01-01' OR completed_at::timestamp OPERATOR(pg_catalog.>=) '2200-01-01' THEN NULL
              WHEN started_at::timestamp OPERATOR(pg_catalog.>=) calm_from AND completed_at::timestamp OPERATOR(pg_catalog.<=) calm_until
                AND pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype
                AND pg_catalog.pg_typeof(completed_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype
              THEN CASE WHEN completed_at OPERATOR(pg_catalog.>) started_at
                THEN pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp) END
              -- A timestamp in the hour that occurs twice when clocks are set back is ambiguous: no duration.
              ELSE (
                SELECT
                  CASE
                    WHEN pg_catalog.isfinite(start_instant) AND pg_catalog.isfinite(end_instant) AND end_instant OPERATOR(pg_catalog.>) start_instant
                      AND (start_before OPERATOR(pg_catalog.>) interval '0' AND start_local OPERATOR(pg_catalog.=) pg_catalog.timezone(calm.name, start_instant OPERATOR(pg_catalog.-) start_before)) IS NOT TRUE
                      AND (end_before OPERATOR(pg_catalog.>) interval '0' AND end_local OPERATOR(pg_catalog.=) pg_catalog.timezone(calm.name, end_instant OPERATOR(pg_catalog.-) end_before)) IS NOT TRUE
                    THEN pg_catalog.date_part('epoch', end_instant) OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', start_instant)
                  END
                FROM (
                  SELECT
                    instants.*,
                    -- By how much clocks were set back within the last three hours.
                    CASE WHEN pg_catalog.isfinite(start_local) THEN
                      pg_catalog.timezone(calm.name, start_instant OPERATOR(pg_catalog.-) interval '3 hours') OPERATOR(pg_catalog.-) (start_local OPERATOR(pg_catalog.-) interval '3 hours') END AS start_before,
                    CASE WHEN pg_catalog.isfinite(end_local) THEN
                      pg_catalog.timezone(calm.name, end_instant OPERATOR(pg_catalog.-) interval '3 hours') OPERATOR(pg_catalog.-) (end_local OPERATOR(pg_catalog.-) interval '3 hours') END AS end_before
                  FROM (
                    SELECT
                      CASE WHEN NOT has_start_zone THEN started_at::timestamp END AS start_local,
                      CASE WHEN NOT has_end_zone THEN completed_at::timestamp END AS end_local,
                      CASE WHEN has_start_zone THEN started_at::timestamp with time zone
                        ELSE pg_catalog.timezone(calm.name, started_at::timestamp) END AS start_instant,
                      CASE WHEN has_end_zone THEN completed_at::timestamp with time zone
                        ELSE pg_catalog.timezone(calm.name, completed_at::timestamp) END AS end_instant
                    FROM (SELECT
                      pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype AS has_start_zone,
                      pg_catalog.pg_typeof(completed_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype AS has_end_zone
                    ) AS types
                  ) AS instants
                ) AS stamped
              )
            END AS seconds
      FROM operations
      CROSS JOIN calm
      OFFSET 0
    ) AS stamped
    GROUP BY table_name, status, is_side, is_open, is_sized, is_moved, named_batch
  ) AS alike
),
sizes AS MATERIALIZED (
  SELECT
    table_name,
    pg_catalog.sum(operations) AS operations,
    pg_catalog.sum(works) AS sized_rows,
    pg_catalog.sum(outside) AS outside,
    pg_catalog.max(largest_batch) IS NOT NULL AS has_batches,
    (pg_catalog.min(smallest_total) OPERATOR(pg_catalog.<) pg_catalog.max(largest_total)
        OR pg_catalog.bool_or(is_side) OR pg_catalog.bool_or(reached OPERATOR(pg_catalog.>) 0)
        OR pg_catalog.sum(records) OPERATOR(pg_catalog.>) pg_catalog.max(largest_total)
        OR pg_catalog.bool_or(has_own_marks)) IS TRUE AS is_repeating,
    pg_catalog.bool_or(status OPERATOR(pg_catalog.=) ANY (ARRAY['failed', 'skipped'])) AS has_given_up,
    pg_catalog.bool_or(has_marks) AS has_marks,
    coalesce(pg_catalog.sum(reached) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed'), 0) AS reached_rows,
    coalesce(pg_catalog.sum(reached) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed' AND NOT is_side), 0) AS main_reached_rows,
    coalesce(pg_catalog.sum(works) FILTER (WHERE is_open OR status OPERATOR(pg_catalog.=) 'skipped'), 0) AS open_sized
  FROM figures
  GROUP BY table_name
),
-- The source queries that several rows of a large table have: the rows are attempts of the same work, if they are 16 or less or all but one
-- were given up, and if the query names a range, or by their names. They make no difference in a table without a total, and in one whose rows share a total and together do not exceed it,
-- except where migtop/worker counts each against its own total, and where one of them was given up: of its batch, the records count once.
shared AS MATERIALIZED (
  SELECT DISTINCT table_name, query, firsts
  FROM (
    SELECT operations.table_name, source_query AS query,
      pg_catalog.count(*) FILTER (WHERE (operation OPERATOR(pg_catalog.~*) 'retry') IS NOT TRUE) AS firsts
    FROM operations
    JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) operations.table_name
    WHERE sizes.operations OPERATOR(pg_catalog.>) 48 AND source_query IS NOT NULL
      AND (is_repeating OR has_given_up AND source_query OPERATOR(pg_catalog.=) ANY (
        SELECT given_up.source_query
        FROM operations AS given_up
        WHERE given_up.status OPERATOR(pg_catalog.=) ANY (ARRAY['failed', 'skipped']) AND given_up.source_query IS NOT NULL
      ))
    GROUP BY operations.table_name, source_query
    HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2 AND (pg_catalog.count(*) OPERATOR(pg_catalog.<=) 16
      OR pg_catalog.count(*) FILTER (WHERE (status OPERATOR(pg_catalog.=) 'failed'
        OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL) IS NOT TRUE) OPERATOR(pg_catalog.<=) 1)
  ) queries
),
repeated AS MATERIALIZED (
  SELECT table_name, query,
    -- Whether the names of the operations decide which rows are attempts of one work.
    firsts OPERATOR(pg_catalog.>) 1
      AND (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.!~*) '[[:space:]](limit|offset)[[:space:]]+[0-9]'
      AND (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.!~*) '[[:alnum:]_."][[:space:]]*(<=|>=|<|>|between)[[:space:]]*[0-9''-]' AS is_by_name
  FROM shared
  WHERE (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~) '[^[:space:];]'
    AND pg_catalog.regexp_replace(query COLLATE pg_catalog."C", '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g')
      OPERATOR(pg_catalog.!~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,([:space:]][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]'
),
picked AS MATERIALIZED (
  SELECT
    operations.id,
    operations.table_name,
    operation,
    status,
    counter,
    total,
    batch,
    is_side,
    is_outside,
    is_open,
    status OPERATOR(pg_catalog.=) 'failed' OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL AS is_given_up,
    started_at,
    completed_at,
    source_query,
    validation_query,
    is_repeated,
    sizes.operations AS in_table,
    sized_rows,
    outside,
    is_repeating OR has_given_up AS is_repeating
  FROM (
    SELECT *,
      CASE WHEN (table_name, source_query) OPERATOR(pg_catalog.=) ANY (SELECT repeated.table_name, query FROM repeated) THEN true
        ELSE status OPERATOR(pg_catalog.=) 'failed' OR status OPERATOR(pg_catalog.=) 'skipped' AND started_at IS NOT NULL
          OR pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */' AND validation_query OPERATOR(pg_catalog.~) ' repeats=' END AS is_repeated
    FROM operations
  ) operations
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) operations.table_name
  WHERE (sizes.operations OPERATOR(pg_catalog.<=) 48 OR outside OPERATOR(pg_catalog.>) 0 OR is_repeating OR has_given_up)
    AND (sizes.operations OPERATOR(pg_catalog.<=) 48 OR outside OPERATOR(pg_catalog.>) 0 AND counter OPERATOR(pg_catalog.>) 0
      OR (is_repeating OR has_given_up) AND is_repeated)
),
-- The rows that decide how a table counts: all of a small table; of one with records beyond its batches, those with records.
rows AS MATERIALIZED (
  SELECT
    id,
    table_name,
    operation,
    status,
    counter,
    total,
    batch,
    is_side,
    is_outside,
    is_open,
    is_given_up,
    in_table,
    sized_rows,
    started_at,
    completed_at,
    CASE WHEN pg_catalog.isfinite(started_at) THEN coalesce((SELECT equal_hours.since FROM equal_hours
        WHERE started_at OPERATOR(pg_catalog.>=) equal_hours.since AND started_at OPERATOR(pg_catalog.<) equal_hours.until
          AND pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype), started_at)
      WHEN status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(completed_at) THEN coalesce((SELECT equal_hours.since FROM equal_hours
        WHERE completed_at OPERATOR(pg_catalog.>=) equal_hours.since AND completed_at OPERATOR(pg_catalog.<) equal_hours.until
          AND pg_catalog.pg_typeof(completed_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype), completed_at) END AS place,
    -- The mark of migtop/worker (docs/worker.md): from, of=operation, repeats.
    CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */' THEN pg_catalog.regexp_match(validation_query,
      '(?:^| )/[*] migtop run=[A-Za-z0-9_.~%-]+ counts=own(?: pooled)?(?: from=(0|[1-9][0-9]{0,15})( of=operation)?| from=[0-9]{1,16} of=table)?'
      OPERATOR(pg_catalog.||) '(?: repeats=(-?[1-9][0-9]{0,15}|0))?(?: worked=[0-9]{1,12}(?:[.][0-9]{1,6})?)? [*]/$') END AS mark,
    CASE WHEN in_table OPERATOR(pg_catalog.<=) 48 AND (source_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~) '[^[:space:];]'
      THEN pg_catalog.ltrim(pg_catalog.rtrim(pg_catalog.regexp_replace(source_query COLLATE pg_catalog."C", '[[:space:]]+', ' ', 'g'), ' ;'), ' ') COLLATE pg_catalog."default" END AS query
  FROM picked
  WHERE in_table OPERATOR(pg_catalog.<=) 48 OR outside OPERATOR(pg_catalog.>) 0 AND counter OPERATOR(pg_catalog.>) 0
),
candidates AS MATERIALIZED (
  SELECT
    id,
    table_name,
    status,
    counter,
    total,
    batch,
    is_side,
    is_open,
    is_given_up,
    source_query,
    CASE WHEN (table_name, source_query) OPERATOR(pg_catalog.=) ANY (SELECT repeated.table_name, query FROM repeated)
      THEN source_query END AS query,
    CASE WHEN (table_name, source_query) OPERATOR(pg_catalog.=) ANY (SELECT repeated.table_name, query FROM repeated WHERE is_by_name)
      THEN operation END AS named,
    operation,
    started_at,
    completed_at,
    coalesce(validation_query OPERATOR(pg_catalog.~) '/[*] migtop run=[^*]* of=operation[^*]*[*]/$', false) AS is_of_operation,
    CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
      THEN pg_catalog."substring"(validation_query, ' repeats=(-?[0-9]{1,16})(?: worked=[0-9.]+)? [*]/$')::bigint END AS repeats
  FROM picked
  WHERE in_table OPERATOR(pg_catalog.>) 48 AND is_repeating AND is_repeated
),
-- Attempts of one work have the same query, and either it names a range or all but one are named as retries, or the name of their
-- operation is the same; or the mark of one says that it repeats another.
linked AS MATERIALIZED (
  SELECT table_name, id, operation, status, counter, total, batch, is_side, is_open, is_given_up, mark, sized_rows, mark[3]::bigint AS repeats,
    query, started_at, completed_at, mark[2] IS NOT NULL AS is_of_operation,
    -- The work, if it is known without the names; NULL if these decide.
    CASE
      WHEN query IS NULL THEN id::pg_catalog.text
      -- The query does not say which range of the table it reads.
      WHEN (code COLLATE pg_catalog."C") OPERATOR(pg_catalog.~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,([:space:]][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]' AND repetitions OPERATOR(pg_catalog.>) 1 THEN id::pg_catalog.text
      WHEN (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~*) ' (limit|offset) [0-9]' THEN query
      WHEN (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~*) '[[:alnum:]_."] ?(<=|>=|<|>|between) ?[0-9''-]' THEN query
      WHEN repetitions OPERATOR(pg_catalog.<=) 1 THEN query
    END AS work
  FROM (
    SELECT
      *,
      pg_catalog.regexp_replace(query COLLATE pg_catalog."C", '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g') AS code,
      pg_catalog.count(*) FILTER (WHERE (operation OPERATOR(pg_catalog.~*) 'retry') IS NOT TRUE) OVER (PARTITION BY table_name, query) AS repetitions
    FROM rows
    WHERE in_table OPERATOR(pg_catalog.<=) 48
  ) queried
  UNION ALL
  SELECT table_name, id, operation, status, counter, total, batch, is_side, is_open, is_given_up, NULL, NULL, repeats,
    source_query, started_at, completed_at, is_of_operation,
    CASE WHEN named IS NULL THEN coalesce(query, id::pg_catalog.text) END
  FROM candidates
),
-- Rows of one query without a range and one name, if all rows of the query name one total: retries of one row belong to it. If the rows evidently read all of the query
-- (a counter above its batch, or no more records than a batch), one that ended without being completed, before the next one in order of
-- id began, is an attempt at the work of that one. Other rows are separate works.
keyed AS MATERIALIZED (
  SELECT table_name, id, status, counter, total, batch, is_side, is_open, is_given_up, mark, sized_rows, repeats, query, work
  FROM linked
  WHERE work IS NOT NULL
  UNION ALL
  SELECT table_name, id, status, counter, total, batch, is_side, is_open, is_given_up, mark, sized_rows, repeats, query,
    CASE
      WHEN NOT is_sized_alike THEN id::pg_catalog.text
      WHEN firsts OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat(query, ' ', name)
      WHEN are_wholes THEN pg_catalog.concat(query, ' ', name, ' ',
        pg_catalog.count(*) FILTER (WHERE is_first) OVER (PARTITION BY table_name, query, name ORDER BY id ROWS UNBOUNDED PRECEDING))
      ELSE id::pg_catalog.text
    END
  FROM (
    SELECT *,
      pg_catalog.min(coalesce(total, (-1))) OVER of_query OPERATOR(pg_catalog.=) pg_catalog.max(coalesce(total, (-1))) OVER of_query AS is_sized_alike,
      pg_catalog.count(*) FILTER (WHERE (operation OPERATOR(pg_catalog.~*) 'retry') IS NOT TRUE) OVER of_name AS firsts,
      pg_catalog.bool_or(is_of_operation) OVER of_name
        OR coalesce(pg_catalog.bool_or(counter OPERATOR(pg_catalog.>) batch) OVER of_name, false)
        OR pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed') OVER of_name OPERATOR(pg_catalog.<) 2
          AND pg_catalog.bool_and((total OPERATOR(pg_catalog.<=) batch) IS TRUE) OVER of_name AS are_wholes,
      (pg_catalog.lag(CASE WHEN status OPERATOR(pg_catalog.<>) 'completed' AND started_at IS NOT NULL THEN completed_at::timestamp END)
        OVER (of_name ORDER BY id) OPERATOR(pg_catalog.<=) CASE WHEN pg_catalog.isfinite(started_at) THEN started_at::timestamp END) IS NOT TRUE AS is_first
    FROM (
      SELECT *, pg_catalog.regexp_replace(pg_catalog.regexp_replace(operation COLLATE pg_catalog."C", '^(retry[_-])+(?=.)', '', 'i'),
        '(?<=.)([_-]retry([_-]?[0-9]+)?)+$', '', 'i') COLLATE pg_catalog."default" AS name
      FROM linked
      WHERE work IS NULL
    ) named
    WINDOW of_query AS (PARTITION BY table_name, query), of_name AS (PARTITION BY table_name, query, name)
  ) named
),
attempts AS (
  SELECT table_name, id, status, counter, total, batch, is_side, is_open, is_given_up, mark, sized_rows, repeats, query, work
  FROM keyed
  WHERE NOT EXISTS (
    SELECT FROM keyed AS repeated_row
    WHERE repeated_row.table_name OPERATOR(pg_catalog.=) keyed.table_name
      AND repeated_row.id OPERATOR(pg_catalog.=) keyed.repeats
      AND repeated_row.id OPERATOR(pg_catalog.<) keyed.id
  )
  UNION ALL
  SELECT keyed.table_name, keyed.id, keyed.status, keyed.counter, keyed.total, keyed.batch, keyed.is_side, keyed.is_open, keyed.is_given_up,
    keyed.mark, keyed.sized_rows, keyed.repeats, keyed.query, attempts.work
  FROM keyed
  JOIN attempts ON attempts.table_name OPERATOR(pg_catalog.=) keyed.table_name
    AND attempts.id OPERATOR(pg_catalog.=) keyed.repeats
    AND attempts.id OPERATOR(pg_catalog.<) keyed.id
),
-- `limits`: the LIMIT with which the query of an attempt ends, if an attempt at the work was given up; `keys`, `bounds`: the whole numbers
-- of one column that it reads instead.
limited AS (
  SELECT *,
    CASE WHEN NOT has_parameter
      THEN pg_catalog.regexp_match(whole_query COLLATE pg_catalog."C", ' (?:limit ([0-9]{1,9})(?: offset [0-9]{1,18})?|offset [0-9]{1,18} limit ([0-9]{1,9})|fetch (?:first|next) ([0-9]{1,9}) rows? only)$', 'i') END AS limits,
    CASE WHEN NOT has_parameter AND is_plain
      THEN pg_catalog.regexp_match(whole_query COLLATE pg_catalog."C", '[[:alnum:]_."] between ''?([0-9]{1,15})''? and ''?([0-9]{1,15})''?(?![[:alnum:]_.''-])', 'i')::bigint[] END AS keys,
    CASE WHEN NOT has_parameter AND is_plain
      THEN pg_catalog.regexp_match(whole_query COLLATE pg_catalog."C", '([[:alnum:]_."]+) ?(>=?) ?''?([0-9]{1,15})''? and ([[:alnum:]_."]+) ?(<=?) ?''?([0-9]{1,15})''?(?![[:alnum:]_.''-])', 'i') END AS bounds
  FROM (
    SELECT *,
      (pg_catalog.regexp_replace(whole_query COLLATE pg_catalog."C", '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g') OPERATOR(pg_catalog.~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,([:space:]][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]') IS TRUE AS has_parameter,
      (whole_query COLLATE pg_catalog."C") OPERATOR(pg_catalog.!~*) ' (or|not) ' AS is_plain
    FROM (
      SELECT *, CASE WHEN pg_catalog.bool_or(is_given_up) OVER (PARTITION BY table_name, work)
        THEN pg_catalog.ltrim(pg_catalog.rtrim(pg_catalog.regexp_replace(query COLLATE pg_catalog."C", '[[:space:]]+', ' ', 'g'), ' ;'), ' ') COLLATE pg_catalog."default" END AS whole_query
      FROM attempts
    ) given_up
  ) queried
),
works AS MATERIALIZED (
  SELECT
    *,
    is_completed AND records OPERATOR(pg_catalog.>=) total AS is_reached,
    NOT is_completed AS is_unfinished
  FROM (
    SELECT
      table_name,
      work,
      pg_catalog.count(*) AS rows,
      pg_catalog.count(*) FILTER (WHERE is_given_up IS NOT TRUE) AS others,
      pg_catalog.max(total) AS total,
      -- If the LIMIT of their query, or the number of its keys, is their batch size, attempts that were given up and repeated have one batch together.
      greatest(pg_catalog.max(counter), least(
        CASE WHEN pg_catalog.bool_or(is_given_up)
          AND pg_catalog.bool_and(coalesce(batch_limit OPERATOR(pg_catalog.=) batch AND counter OPERATOR(pg_catalog.<=) batch_limit, false))
          AND pg_catalog.min(batch_limit) OPERATOR(pg_catalog.=) pg_catalog.max(batch_limit) THEN pg_catalog.max(batch_limit) END,
        greatest(pg_catalog.sum(counter) FILTER (WHERE total IS NULL), least(coalesce(pg_catalog.max(total), 0), pg_catalog.sum(counter)))
      )) AS records,
      pg_catalog.max(total) OPERATOR(pg_catalog.=) pg_catalog.max(total) FILTER (WHERE total OPERATOR(pg_catalog.=) batch) AS is_unit,
      pg_catalog.bool_or(is_side) AND NOT pg_catalog.bool_or(NOT is_side AND (total OPERATOR(pg_catalog.>) 0) IS TRUE) AS is_side,
      pg_catalog.bool_or(is_open) AS is_open,
      pg_catalog.bool_or(status OPERATOR(pg_catalog.=) 'completed') AS is_completed,
      pg_catalog.bool_or(mark IS NOT NULL) AS is_marked,
      -- Rows of migtop/worker that do not say how far the table was.
      pg_catalog.bool_or(mark IS NOT NULL) AND NOT pg_catalog.bool_or(mark[1] IS NOT NULL AND mark[2] IS NULL) AS is_own,
      pg_catalog.bool_or(mark IS NULL AND counter OPERATOR(pg_catalog.>) 0 AND (total OPERATOR(pg_catalog.>) 0 OR sized_rows OPERATOR(pg_catalog.=) 0)) AS is_evidence
    FROM (SELECT *, coalesce(
        coalesce(limits[1], limits[2], limits[3])::bigint,
        keys[2] OPERATOR(pg_catalog.-) keys[1] OPERATOR(pg_catalog.+) 1,
        CASE WHEN pg_catalog.lower(bounds[1]) OPERATOR(pg_catalog.=) pg_catalog.lower(bounds[4]) THEN bounds[6]::bigint OPERATOR(pg_catalog.-) bounds[3]::bigint
          OPERATOR(pg_catalog.+) CASE WHEN bounds[2] OPERATOR(pg_catalog.=) '>=' THEN 1 ELSE 0 END
          OPERATOR(pg_catalog.-) CASE WHEN bounds[5] OPERATOR(pg_catalog.=) '<' THEN 1 ELSE 0 END END
      ) AS batch_limit FROM limited) limited
    GROUP BY table_name, work
  ) joined
),
-- How rows of migtop/worker count: own, batch or either; and whether only they have a counter.
small_marks AS (
  SELECT
    table_name,
    CASE WHEN pg_catalog.bool_or(mark[2] IS NOT NULL) THEN 'own'
      WHEN pg_catalog.bool_or(mark[1] IS NOT NULL) THEN 'batch'
      WHEN pg_catalog.bool_or(mark IS NOT NULL) THEN 'either' END AS marked,
    coalesce(pg_catalog.bool_and(mark IS NOT NULL) FILTER (WHERE counter OPERATOR(pg_catalog.>) 0), false) AS is_marked
  FROM rows
  WHERE in_table OPERATOR(pg_catalog.<=) 48
  GROUP BY table_name
),
-- Works of migtop/worker beside rows of other programs, with another total than these: they have their own.
apart_works AS MATERIALIZED (
  SELECT table_name, work
  FROM (
    SELECT works.*, pg_catalog.max(total) FILTER (WHERE NOT works.is_own) OVER (PARTITION BY works.table_name) AS shared
    FROM works
    JOIN small_marks ON small_marks.table_name OPERATOR(pg_catalog.=) works.table_name AND NOT small_marks.is_marked
  ) works
  WHERE is_own AND total OPERATOR(pg_catalog.>) 0 AND shared OPERATOR(pg_catalog.>) 0
    AND greatest(total OPERATOR(pg_catalog.-) shared, shared OPERATOR(pg_catalog.-) total) OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.>) greatest(total, shared)
),
-- The largest counter of the other rows of a small table.
small_largest AS MATERIALIZED (
  SELECT table_name, pg_catalog.max(counter OPERATOR(pg_catalog.+) coalesce(mark[1]::bigint, 0)) AS largest
  FROM attempts
  WHERE sized_rows IS NOT NULL AND status OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'paused', 'completed'])
    AND NOT EXISTS (SELECT FROM apart_works
      WHERE apart_works.table_name OPERATOR(pg_catalog.=) attempts.table_name AND apart_works.work OPERATOR(pg_catalog.=) attempts.work)
  GROUP BY table_name
),
-- In a large table the first completed rows with records decide, or the first others if none is completed.
large_marks AS (
  SELECT table_name,
    CASE
      WHEN NOT pg_catalog.bool_and(mark IS NOT NULL) THEN NULL
      WHEN pg_catalog.bool_or(mark OPERATOR(pg_catalog.~) ' of=operation') THEN 'own'
      WHEN pg_catalog.bool_or(mark OPERATOR(pg_catalog.~) ' from=[0-9]+ ([rw]|[*])') THEN 'batch'
      ELSE 'either'
    END AS marked
  FROM (
    SELECT sizes.table_name, pg_catalog."substring"(validation_query, '/[*] migtop run=[^*]* counts=own[^*]*[*]/$') AS mark, is_completed,
      pg_catalog.bool_or(is_completed) OVER (PARTITION BY sizes.table_name) AS has_completed
    FROM sizes
    CROSS JOIN LATERAL (
      (SELECT true AS is_completed, validation_query
      FROM operations
      WHERE operations.table_name OPERATOR(pg_catalog.=) sizes.table_name AND is_moved AND status OPERATOR(pg_catalog.=) 'completed'
      ORDER BY CASE WHEN pg_catalog.isfinite(started_at) THEN coalesce((SELECT equal_hours.since FROM equal_hours
          WHERE started_at OPERATOR(pg_catalog.>=) equal_hours.since AND started_at OPERATOR(pg_catalog.<) equal_hours.until
            AND pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype), started_at)
        WHEN pg_catalog.isfinite(completed_at) THEN coalesce((SELECT equal_hours.since FROM equal_hours
          WHERE completed_at OPERATOR(pg_catalog.>=) equal_hours.since AND completed_at OPERATOR(pg_catalog.<) equal_hours.until
            AND pg_catalog.pg_typeof(completed_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype), completed_at) END NULLS FIRST, id
      LIMIT 8)
      UNION ALL
      (SELECT false, validation_query
      FROM operations
      WHERE operations.table_name OPERATOR(pg_catalog.=) sizes.table_name AND is_moved AND status OPERATOR(pg_catalog.<>) 'completed'
      ORDER BY CASE WHEN pg_catalog.isfinite(started_at) THEN coalesce((SELECT equal_hours.since FROM equal_hours
          WHERE started_at OPERATOR(pg_catalog.>=) equal_hours.since AND started_at OPERATOR(pg_catalog.<) equal_hours.until
            AND pg_catalog.pg_typeof(started_at) OPERATOR(pg_catalog.=) 'pg_catalog.timestamp'::pg_catalog.regtype), started_at) END NULLS FIRST, id
      LIMIT 16)
    ) first
    WHERE sizes.operations OPERATOR(pg_catalog.>) 48 AND has_marks
  ) first
  WHERE is_completed OPERATOR(pg_catalog.=) has_completed
  GROUP BY table_name
),
-- For a large table: sums of its rows, with the attempts of one work counted once.
corrected AS (
  SELECT
    table_name,
    is_side,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) works) AS works,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) unit_works) AS unit_works,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) reached_works) AS reached_works,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) unfinished_works) AS unfinished_works,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) unfinished_records) AS unfinished_records,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) records) AS records,
    pg_catalog.sum(sign OPERATOR(pg_catalog.*) totals) AS totals,
    pg_catalog.min(smallest_total) AS smallest_total,
    pg_catalog.max(largest_total) AS largest_total
  FROM (
    SELECT figures.table_name, is_side, 1 AS sign, works, unit_works,
      CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN reached ELSE 0 END AS reached_works,
      CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN 0 ELSE works END AS unfinished_works,
      CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN 0 ELSE coalesce(records_with_total, 0) END AS unfinished_records,
      records, totals, smallest_total, largest_total
    FROM figures
    JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) figures.table_name
    WHERE sizes.operations OPERATOR(pg_catalog.>) 48
    UNION ALL
    SELECT attempts.table_name, attempts.is_side, (-1), (attempts.total OPERATOR(pg_catalog.>) 0)::integer, (attempts.is_side AND attempts.total OPERATOR(pg_catalog.=) attempts.batch)::integer,
      (attempts.total OPERATOR(pg_catalog.>) 0 AND attempts.status OPERATOR(pg_catalog.=) 'completed' AND attempts.counter OPERATOR(pg_catalog.>=) attempts.total)::integer,
      (attempts.total OPERATOR(pg_catalog.>) 0 AND attempts.status OPERATOR(pg_catalog.<>) 'completed')::integer,
      CASE WHEN attempts.total OPERATOR(pg_catalog.>) 0 AND attempts.status OPERATOR(pg_catalog.<>) 'completed' THEN attempts.counter ELSE 0 END,
      attempts.counter, coalesce(attempts.total, attempts.counter), NULL, NULL
    FROM (
      -- Not a join with works: the planner knows too little about these rows, and would compare each with each.
      SELECT attempts.*, pg_catalog.count(*) OVER (PARTITION BY table_name, work) AS in_work,
        pg_catalog.count(*) FILTER (WHERE is_given_up IS NOT TRUE) OVER (PARTITION BY table_name, work) AS others
      FROM attempts
      WHERE sized_rows IS NULL
    ) attempts
    WHERE in_work OPERATOR(pg_catalog.>=) 2 AND (in_work OPERATOR(pg_catalog.<=) 16 OR others OPERATOR(pg_catalog.<=) 1)
    UNION ALL
    SELECT works.table_name, is_side, 1, (total OPERATOR(pg_catalog.>) 0)::integer, (total OPERATOR(pg_catalog.>) 0 AND is_unit)::integer,
      (total OPERATOR(pg_catalog.>) 0 AND is_reached)::integer,
      (total OPERATOR(pg_catalog.>) 0 AND is_unfinished)::integer,
      CASE WHEN total OPERATOR(pg_catalog.>) 0 AND is_unfinished THEN records ELSE 0 END,
      records, coalesce(total, records), NULL, NULL
    FROM works
    JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) works.table_name
    WHERE sizes.operations OPERATOR(pg_catalog.>) 48 AND rows OPERATOR(pg_catalog.>=) 2
      AND (rows OPERATOR(pg_catalog.<=) 16 OR others OPERATOR(pg_catalog.<=) 1)
  ) signed
  GROUP BY table_name, is_side
),
-- The same for small tables, by works. Rows of migtop/worker are no evidence of how other programs count.
sided AS (
  SELECT
    works.table_name,
    is_side,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged) AS works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged AND is_unit) AS unit_works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged AND is_reached) AS reached_works,
    pg_catalog.count(*) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged AND is_unfinished) AS unfinished_works,
    coalesce(pg_catalog.sum(records) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged AND is_unfinished), 0) AS unfinished_records,
    pg_catalog.sum(records) AS records,
    pg_catalog.sum(coalesce(total, records)) AS totals,
    pg_catalog.min(total) FILTER (WHERE total OPERATOR(pg_catalog.>) 0 AND is_judged) AS smallest_total,
    pg_catalog.max(total) FILTER (WHERE is_judged) AS largest_total,
    pg_catalog.max(total) FILTER (WHERE NOT is_apart) AS named_total,
    coalesce(pg_catalog.sum(total) FILTER (WHERE is_apart), 0) AS apart_totals
  FROM (
    SELECT works.*, small_marks.is_marked OR NOT works.is_marked AS is_judged, apart_works.work IS NOT NULL AS is_apart
    FROM works
    JOIN small_marks ON small_marks.table_name OPERATOR(pg_catalog.=) works.table_name
    LEFT JOIN apart_works ON apart_works.table_name OPERATOR(pg_catalog.=) works.table_name AND apart_works.work OPERATOR(pg_catalog.=) works.work
  ) works
  GROUP BY works.table_name, is_side
  UNION ALL
  SELECT table_name, is_side, works, unit_works, reached_works, unfinished_works, unfinished_records, records, totals,
    smallest_total, largest_total, largest_total, 0
  FROM corrected
),
measured AS MATERIALIZED (
  SELECT
    table_name,
    pg_catalog.sum(records) AS records,
    pg_catalog.sum(totals) AS totals,
    pg_catalog.sum(works) AS works,
    pg_catalog.min(smallest_total) AS smallest_total,
    pg_catalog.max(largest_total) AS largest_total,
    pg_catalog.max(named_total) AS named_total,
    pg_catalog.sum(unit_works) AS unit_works,
    pg_catalog.sum(reached_works) AS reached_works,
    pg_catalog.sum(unfinished_works) AS unfinished_works,
    pg_catalog.sum(unfinished_records) AS unfinished_records,
    -- The works of more than one batch, and those whose total is at most their batch size.
    coalesce(pg_catalog.sum(works) FILTER (WHERE NOT is_side), 0) AS main_works,
    pg_catalog.min(smallest_total) FILTER (WHERE NOT is_side) AS smallest_main,
    pg_catalog.max(largest_total) FILTER (WHERE NOT is_side) AS largest_main,
    coalesce(pg_catalog.sum(reached_works) FILTER (WHERE NOT is_side), 0) AS main_reached,
    coalesce(pg_catalog.sum(unfinished_works) FILTER (WHERE NOT is_side), 0) AS main_unfinished,
    coalesce(pg_catalog.sum(works) FILTER (WHERE is_side), 0) AS side_works,
    coalesce(pg_catalog.max(largest_total) FILTER (WHERE is_side), 0) AS largest_side,
    coalesce(pg_catalog.max(named_total) FILTER (WHERE NOT is_side), 0) OPERATOR(pg_catalog.+)
      coalesce(pg_catalog.sum(totals OPERATOR(pg_catalog.-) apart_totals) FILTER (WHERE is_side), 0) AS beside_total,
    pg_catalog.sum(apart_totals) AS apart_totals
  FROM sided
  GROUP BY table_name
),
-- The rows that decide: rows of other programs with a counter and a total above 0 (or any total, if no row has one above 0).
evidence AS MATERIALIZED (
  SELECT
    rows.*,
    (total OPERATOR(pg_catalog.>) 0 OR sized_rows OPERATOR(pg_catalog.=) 0) IS TRUE AS is_strict,
    pg_catalog.row_number() OVER (
      PARTITION BY rows.table_name, status OPERATOR(pg_catalog.=) 'completed', rows.is_side, (total OPERATOR(pg_catalog.>) 0) IS TRUE ORDER BY place NULLS FIRST, rows.id) AS nth
  FROM rows
  -- The sums of a large table include the rows of migtop/worker.
  WHERE counter OPERATOR(pg_catalog.>) 0 AND (mark IS NULL OR in_table OPERATOR(pg_catalog.>) 48)
),
-- For a large table the first rows decide.
judged AS MATERIALIZED (
  SELECT evidence.*, kind
  FROM evidence
  CROSS JOIN (VALUES ('strict'), ('wide'), ('main')) AS kinds (kind)
  WHERE (in_table OPERATOR(pg_catalog.<=) 48 OR nth OPERATOR(pg_catalog.<=) CASE WHEN status OPERATOR(pg_catalog.=) 'completed' THEN 8 ELSE 16 END)
    AND mark IS NULL
    AND (is_strict OR kind OPERATOR(pg_catalog.=) 'wide')
    AND NOT (is_side AND kind OPERATOR(pg_catalog.=) 'main')
),
stepped AS (
  SELECT
    table_name,
    pg_catalog.bool_or(is_cumulative AND kind OPERATOR(pg_catalog.=) 'strict') AS is_cumulative,
    pg_catalog.bool_or(is_cumulative AND kind OPERATOR(pg_catalog.=) 'wide') AS is_widely_cumulative,
    pg_catalog.bool_or(is_cumulative AND kind OPERATOR(pg_catalog.=) 'main') AS is_main_cumulative,
    pg_catalog.max(first_unit) FILTER (WHERE kind OPERATOR(pg_catalog.=) 'main') AS first_unit,
    pg_catalog.bool_or(is_clear AND kind OPERATOR(pg_catalog.=) 'strict') AS is_clear,
    pg_catalog.bool_or(is_clear AND kind OPERATOR(pg_catalog.=) 'main') AS is_main_clear
  FROM (
    SELECT
      table_name,
      kind,
      pg_catalog.count(*) OPERATOR(pg_catalog.>=) 2
        AND pg_catalog.bool_and(step OPERATOR(pg_catalog.>) 0 AND (step OPERATOR(pg_catalog.*) 2) OPERATOR(pg_catalog.<=) (unit OPERATOR(pg_catalog.*) 3))
        AND pg_catalog.bool_or(is_last AND counter OPERATOR(pg_catalog.>) unit) AS is_cumulative,
      pg_catalog.max(unit) FILTER (WHERE is_first) AS first_unit,
      -- Three rows or more, and none before the last has reached the total.
      pg_catalog.count(*) OPERATOR(pg_catalog.>=) 3 AND pg_catalog.bool_and(is_last OR NOT is_whole) AS is_clear
    FROM (
      SELECT
        table_name,
        kind,
        counter,
        is_whole,
        coalesce(batch, pg_catalog.first_value(counter) OVER by_start) AS unit,
        counter OPERATOR(pg_catalog.-) coalesce(pg_catalog.lag(counter) OVER by_start,
          CASE WHEN table_name OPERATOR(pg_catalog.=) ANY (SELECT parts.table_name FROM parts)
            THEN counter OPERATOR(pg_catalog.-) 1 ELSE 0 END) AS step,
        pg_catalog.lag(id) OVER by_start IS NULL AS is_first,
        pg_catalog.lead(id) OVER by_start IS NULL AS is_last
      FROM (
        SELECT placed.*,
          pg_catalog.min(step) FILTER (WHERE is_whole) OVER (PARTITION BY table_name, kind) AS end_step
        FROM (
          SELECT judged.*,
            (total OPERATOR(pg_catalog.>) 0 AND counter OPERATOR(pg_catalog.>=) total) IS TRUE AS is_whole,
            pg_catalog.row_number() OVER (PARTITION BY table_name, kind ORDER BY place NULLS FIRST, id) AS step
          FROM judged
          WHERE status OPERATOR(pg_catalog.=) 'completed'
        ) placed
      ) chained
      -- Rows at their total that follow the end of three steps or more are no steps.
      WHERE (is_whole AND end_step OPERATOR(pg_catalog.>=) 3 AND chained.step OPERATOR(pg_catalog.>) end_step) IS NOT TRUE
      WINDOW by_start AS (PARTITION BY table_name, kind ORDER BY place NULLS FIRST, id)
    ) steps
    GROUP BY table_name, kind
  ) kinds
  GROUP BY table_name
),
falls AS (
  SELECT table_name, pg_catalog.bool_or(is_below) AS is_falling,
    pg_catalog.min(first_completed) AS first_completed
  FROM (
    SELECT table_name,
      counter OPERATOR(pg_catalog.<) pg_catalog.lag(counter) OVER by_start AS is_below,
      CASE WHEN status OPERATOR(pg_catalog.=) 'completed'
          AND pg_catalog.row_number() OVER (PARTITION BY table_name, status OPERATOR(pg_catalog.=) 'completed' ORDER BY place NULLS FIRST, id) OPERATOR(pg_catalog.=) 1
        THEN counter END AS first_completed
    FROM judged
    WHERE kind OPERATOR(pg_catalog.=) 'strict'
    WINDOW by_start AS (PARTITION BY table_name ORDER BY place NULLS FIRST, id)
  ) pairs
  GROUP BY table_name
),
batches AS (
  SELECT
    evidence.table_name,
    pg_catalog.count(*) FILTER (WHERE is_strict) AS rows,
    pg_catalog.count(*) FILTER (WHERE is_strict AND is_outside) AS outside,
    pg_catalog.count(*) FILTER (WHERE is_strict AND status OPERATOR(pg_catalog.=) 'completed') OPERATOR(pg_catalog.>=) 2
      AND pg_catalog.min(counter) FILTER (WHERE is_strict AND status OPERATOR(pg_catalog.=) 'completed') OPERATOR(pg_catalog.=) pg_catalog.max(counter) FILTER (WHERE is_strict AND status OPERATOR(pg_catalog.=) 'completed')
      OR pg_catalog.min(counter) FILTER (WHERE is_strict) OPERATOR(pg_catalog.=) pg_catalog.max(counter) FILTER (WHERE is_strict) AS is_even,
    pg_catalog.min(counter) FILTER (WHERE is_strict AND status OPERATOR(pg_catalog.=) 'completed') AS smallest_completed
  FROM evidence
  GROUP BY evidence.table_name
),
-- The evidence of works of more than one batch. `rows` has not all rows of a large table.
main_batches AS (
  SELECT table_name,
    pg_catalog.count(*) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed') AS main_completed,
    pg_catalog.count(*) FILTER (WHERE is_outside) AS main_outside,
    pg_catalog.max(counter) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed') AS largest_main_completed
  FROM evidence
  WHERE in_table OPERATOR(pg_catalog.<=) 48 AND is_strict AND NOT is_side
  GROUP BY table_name
  UNION ALL
  SELECT figures.table_name,
    pg_catalog.sum(sized) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed'),
    pg_catalog.sum(sized_outside),
    pg_catalog.max(largest) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed' AND sized OPERATOR(pg_catalog.>) 0)
  FROM figures
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) figures.table_name
  WHERE sizes.operations OPERATOR(pg_catalog.>) 48 AND NOT is_side
  GROUP BY figures.table_name
),
evidence_works AS (
  SELECT works.table_name, pg_catalog.count(*) AS works
  FROM works
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) works.table_name
  WHERE is_evidence AND sizes.operations OPERATOR(pg_catalog.<=) 48
  GROUP BY works.table_name
),
weighed AS (
  SELECT
    measured.*,
    sizes.operations AS in_table,
    has_batches,
    reached_rows,
    main_reached_rows,
    open_sized,
    coalesce(is_cumulative, false) AS is_cumulative,
    coalesce(is_widely_cumulative, false) AS is_widely_cumulative,
    coalesce(is_main_cumulative, false) AS is_main_cumulative,
    coalesce(is_clear, false) AS is_clear,
    coalesce(is_main_clear, false) AS is_main_clear,
    first_unit,
    coalesce(main_completed, 0) AS main_completed,
    coalesce(main_outside, 0) AS main_outside,
    coalesce(largest_main_completed, 0) AS largest_main_completed,
    coalesce(batches.outside, 0) AS beyond,
    coalesce(batches.rows, 0) AS evidence_rows,
    coalesce(evidence_works.works, batches.rows, 0) AS evidence_works,
    coalesce(is_even, false) AS is_even,
    coalesce(is_falling OR smallest_completed OPERATOR(pg_catalog.<) first_completed AND sizes.operations OPERATOR(pg_catalog.>) 48, false) AS is_falling,
    CASE WHEN sizes.operations OPERATOR(pg_catalog.>) 48 THEN large_marks.marked
      WHEN small_marks.is_marked OR coalesce(batches.rows, 0) OPERATOR(pg_catalog.=) 0 THEN small_marks.marked END AS marked,
    small_largest.largest AS largest_shared
  FROM measured
  JOIN sizes ON sizes.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN stepped ON stepped.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN falls ON falls.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN main_batches ON main_batches.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN batches ON batches.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN evidence_works ON evidence_works.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN small_marks ON small_marks.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN small_largest ON small_largest.table_name OPERATOR(pg_catalog.=) measured.table_name
  LEFT JOIN large_marks ON large_marks.table_name OPERATOR(pg_catalog.=) measured.table_name
),
-- Whether the totals show that the rows do not share one total.
apart AS (
  SELECT
    *,
    CASE
      WHEN works OPERATOR(pg_catalog.<) 2 THEN false
      ELSE
        (largest_total OPERATOR(pg_catalog.-) smallest_total) OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.>) largest_total
        OR unit_works OPERATOR(pg_catalog.>=) 2
        OR unfinished_works OPERATOR(pg_catalog.>=) 2 AND (unfinished_records OPERATOR(pg_catalog.*) 10) OPERATOR(pg_catalog.>) (largest_total OPERATOR(pg_catalog.*) 11)
          AND NOT (is_cumulative AND marked IS NULL)
          -- Completed works of at most half of the total each are parts of it: the table has more records than its total.
          AND NOT (main_completed OPERATOR(pg_catalog.>=) 3 AND reached_works OPERATOR(pg_catalog.=) 0
            AND (largest_main_completed OPERATOR(pg_catalog.*) 2) OPERATOR(pg_catalog.<=) largest_total)
        OR (reached_works OPERATOR(pg_catalog.>=) 2 AND has_batches
            OR reached_works OPERATOR(pg_catalog.>) 0 AND unfinished_works OPERATOR(pg_catalog.>) 0)
          -- The last row of a cumulative table reaches the total. Beside a clear chain, others make no difference.
          AND NOT (is_cumulative AND marked IS NULL AND (reached_rows OPERATOR(pg_catalog.=) 0 OR is_clear
            OR reached_works OPERATOR(pg_catalog.=) 1 AND unfinished_works OPERATOR(pg_catalog.=) 0))
    END AS are_own,
    -- A repair has its own total, next to batches that share theirs: two or more of these are completed, and it is at most as large
    -- as one of them.
    side_works OPERATOR(pg_catalog.>) 0 AND main_works OPERATOR(pg_catalog.>=) 2 AND main_completed OPERATOR(pg_catalog.>=) 2
      AND (largest_main OPERATOR(pg_catalog.-) smallest_main) OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.<=) largest_main
      AND CASE
        WHEN is_main_cumulative THEN largest_side OPERATOR(pg_catalog.<=) first_unit
          AND (main_reached OPERATOR(pg_catalog.=) 0 OR main_reached_rows OPERATOR(pg_catalog.=) 0 OR is_main_clear
            OR main_reached OPERATOR(pg_catalog.=) 1 AND main_unfinished OPERATOR(pg_catalog.=) 0)
        ELSE largest_side OPERATOR(pg_catalog.<=) largest_main_completed
          AND main_reached OPERATOR(pg_catalog.=) 0 AND main_outside OPERATOR(pg_catalog.=) 0
      END AS is_beside
  FROM weighed
),
decided AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN marked IS NOT NULL THEN CASE
        WHEN works OPERATOR(pg_catalog.>=) 2 AND (marked OPERATOR(pg_catalog.=) 'own' OR marked OPERATOR(pg_catalog.=) 'either' AND are_own) THEN 'own totals' ELSE 'per batch' END
      WHEN are_own AND is_beside THEN CASE WHEN is_main_cumulative THEN 'cumulative' ELSE 'per batch' END
      WHEN are_own THEN 'own totals'
      WHEN is_cumulative OR evidence_works OPERATOR(pg_catalog.=) 1 AND is_widely_cumulative THEN 'cumulative'
      WHEN evidence_works OPERATOR(pg_catalog.<=) 1 OR beyond OPERATOR(pg_catalog.=) 0 OR is_even THEN 'per batch'
      -- Works of several batches that have more than half of a total on average do not share it: the completed ones, or all.
      WHEN is_falling AND has_batches AND (
        main_outside OPERATOR(pg_catalog.>=) main_completed
          AND works OPERATOR(pg_catalog.-) unfinished_works OPERATOR(pg_catalog.>=) 2
          AND (records OPERATOR(pg_catalog.-) unfinished_records) OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.>) (largest_total OPERATOR(pg_catalog.*) 11)
          AND (records OPERATOR(pg_catalog.-) unfinished_records) OPERATOR(pg_catalog.*) 2
            OPERATOR(pg_catalog.>) (largest_total OPERATOR(pg_catalog.*) (works OPERATOR(pg_catalog.-) unfinished_works))
        OR beyond OPERATOR(pg_catalog.>=) evidence_rows AND works OPERATOR(pg_catalog.>=) 2
          AND records OPERATOR(pg_catalog.*) 10 OPERATOR(pg_catalog.>) (largest_total OPERATOR(pg_catalog.*) 11)
          AND records OPERATOR(pg_catalog.*) 2 OPERATOR(pg_catalog.>) (largest_total OPERATOR(pg_catalog.*) works)
      ) THEN 'own totals'
      WHEN is_falling THEN 'per batch'
      WHEN is_widely_cumulative THEN 'cumulative'
      ELSE 'unclear'
    END AS counting
  FROM apart
),
batch_sizes AS (
  SELECT
    table_name,
    named_batch AS batch_size,
    pg_catalog.sum(batch_count)::bigint AS batch_count,
    pg_catalog.sum(measured_batches)::bigint AS measured_batches,
    CASE WHEN pg_catalog.sum(timed_batches) OPERATOR(pg_catalog.>) 0 THEN pg_catalog.sum(seconds) OPERATOR(pg_catalog./) pg_catalog.sum(timed_batches)::double precision END AS average_seconds,
    pg_catalog.sum(measured_seconds) AS seconds,
    pg_catalog.sum(summed) AS summed,
    pg_catalog.min(smallest_counter) AS smallest,
    pg_catalog.max(largest_counter) AS largest
  FROM figures
  WHERE batch_count OPERATOR(pg_catalog.>) 0
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
JOIN decided ON decided.table_name OPERATOR(pg_catalog.=) batch_sizes.table_name
ORDER BY records_per_second DESC NULLS LAST, table_name, batch_size;
