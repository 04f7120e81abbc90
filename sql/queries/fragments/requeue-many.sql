-- The common part of requeue.sql and requeue-audited.sql, which describe its parameters $1 to $9 and the columns of `judged`.
-- include many-found.sql
,
-- include many-target.sql
,
wish AS (
  SELECT wish.number, wish.before::pg_catalog.jsonb AS before
  FROM pg_catalog.unnest($5::pg_catalog.text[]) WITH ORDINALITY AS wish (before, number)
),
old AS (
  SELECT target.number, wish.before AS given, one.started_at, one.validation_query,
    coalesce(one.records_processed, 0) AS records,
    restored.worker_id AS new_worker_id, restored.started_at AS new_started_at,
    restored.completed_at AS new_completed_at, restored.error_message AS new_error_message,
    -- The values that an undo puts back. A long error is not kept: then there is no undo.
    CASE WHEN coalesce(pg_catalog.length(one.error_message), 0) OPERATOR(pg_catalog.<=) 20000
      THEN pg_catalog.jsonb_build_object(
        'worker_id', one.worker_id, 'started_at', one.started_at, 'completed_at', one.completed_at,
        'error_message', one.error_message,
        'mark', pg_catalog."substring"(one.validation_query, ' ?/[*] migtop run=[^*]*[*]/$')) END AS before
  FROM target
  JOIN wish ON wish.number OPERATOR(pg_catalog.=) target.number
  JOIN migration_control AS one ON one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
  -- The values in the types of the columns.
  CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(one, coalesce(wish.before,
    '{"worker_id": null, "started_at": null, "completed_at": null, "error_message": null}'::pg_catalog.jsonb)) AS restored
),
written AS (
  UPDATE migration_control AS one
  SET status = target.to_status,
      worker_id = old.new_worker_id,
      started_at = old.new_started_at,
      completed_at = old.new_completed_at,
      error_message = old.new_error_message,
      validation_query = CASE
        WHEN old.given IS NOT NULL THEN
          CASE WHEN old.given OPERATOR(pg_catalog.->>) 'mark' IS NULL THEN one.validation_query
          ELSE pg_catalog.concat(pg_catalog.regexp_replace(one.validation_query, ' ?/[*] migtop run=[^*]*[*]/$', ''),
            old.given OPERATOR(pg_catalog.->>) 'mark') END
        -- As in worker/release.sql. A row of another program gets no mark: the mark says how its counter counts.
        WHEN pg_catalog.isfinite(old.started_at::timestamp)
          AND old.validation_query OPERATOR(pg_catalog.~) '(^| )/[*] migtop run=[^ ]+ counts=own[^*]* [*]/$'
          THEN pg_catalog.regexp_replace(mark.told, '( worked=[0-9.]+)? [*]/$', mark.worked)
        ELSE one.validation_query END
  FROM target
  JOIN old ON old.number OPERATOR(pg_catalog.=) target.number
  CROSS JOIN LATERAL (
    SELECT pg_catalog.concat(' worked=', pg_catalog.trunc(greatest(0, CASE WHEN pg_catalog.isfinite(old.started_at::timestamp)
      THEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp) OPERATOR(pg_catalog.-)
        pg_catalog.date_part('epoch', old.started_at::timestamp) END)::numeric, 3), ' */') AS worked,
      CASE WHEN old.records OPERATOR(pg_catalog.=) 0
        THEN pg_catalog.regexp_replace(old.validation_query,
          '^(.*/[*] migtop run=[^ ]+ counts=own(?: pooled)? from=[0-9]+)((?: repeats=-?[0-9]+)?(?: worked=[0-9.]+)? [*]/)$',
          E'\\1 of=table\\2')
        ELSE old.validation_query END AS told
  ) AS mark
  WHERE one.id OPERATOR(pg_catalog.=) target.id
    AND one.tableoid OPERATOR(pg_catalog.=) target.relation
    AND one.ctid OPERATOR(pg_catalog.=) target.place
  RETURNING target.number, one.status, one.xmin::pg_catalog.text AS version
),
-- include many-result.sql
,
judged AS (
  SELECT result.*, CASE WHEN outcome OPERATOR(pg_catalog.=) 'applied' THEN old.before::pg_catalog.text END AS before
  FROM result LEFT JOIN old ON old.number OPERATOR(pg_catalog.=) result.number
)
