-- Who acted last on each operation, from the audit table (sql/options/audit.sql): one row for each operator and change of status,
-- with the ids of their operations.
-- $1 int  maximum number of actions to read, the newest first   $2 oid  the control table; rows of version 1 do not name their table
-- $3 text  the reason of a pause of everything (`P`); earlier versions of migtop wrote another one
-- $4 text[]  what the keys of this session's actions begin with: `own` is whether the action is one of these
-- Lines that end with `version 2` are left out for an audit table of version 1.
SELECT 'actor' AS kind, pg_catalog.json_build_object(
    'os_user', pg_catalog.left(os_user, 200),
    'host', pg_catalog.left(host, 200),
    'database_role', pg_catalog.left(database_role, 200),
    'from_status', pg_catalog.left(from_status, 200),
    'to_status', pg_catalog.left(to_status, 200),
    'of_all', of_all,
    'own', own, -- version 2
    'ids', pg_catalog.json_agg(operation_id)) AS body
FROM (
  SELECT DISTINCT ON (operation_id) operation_id, os_user, host, database_role, from_status, to_status,
    own_key.start IS NOT NULL AS own, -- version 2
    coalesce(action OPERATOR(pg_catalog.=) 'pause' AND (reason OPERATOR(pg_catalog.=) $3::pg_catalog.text
      OR reason OPERATOR(pg_catalog.=) 'everything that runs or waits'), false) AS of_all
  FROM (
    SELECT actions.*,
      -- After the undo of a resume, the pause from before counts again: the newest that no undo took back.
      pg_catalog.first_value(action OPERATOR(pg_catalog.=) 'undo' AND to_status OPERATOR(pg_catalog.=) 'paused')
        OVER newest_first AS is_restored,
      action OPERATOR(pg_catalog.<>) 'undo' AND to_status OPERATOR(pg_catalog.=) 'paused'
        AND NOT coalesce(pg_catalog.lag(action OPERATOR(pg_catalog.=) 'undo' AND from_status OPERATOR(pg_catalog.=) 'paused')
          OVER newest_first, false) AS is_standing
    FROM (
      SELECT
        action_key, -- version 2
        id, operation_id, os_user, host, database_role, action, from_status, to_status, reason
      FROM migtop_audit
      WHERE (outcome OPERATOR(pg_catalog.=) 'applied' OR outcome OPERATOR(pg_catalog.=) 'moved')
        AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid) -- version 2
      ORDER BY id DESC
      LIMIT $1::int
    ) AS actions
    WINDOW newest_first AS (PARTITION BY operation_id ORDER BY id DESC)
  ) AS recent
  LEFT JOIN pg_catalog.unnest($4::pg_catalog.text[]) AS own_key (start) -- version 2
    ON own_key.start OPERATOR(pg_catalog.=) pg_catalog.left(action_key::pg_catalog.text, 24) -- version 2
  ORDER BY operation_id, (is_restored AND is_standing) DESC, id DESC
) AS newest
GROUP BY
  own, -- version 2
  os_user, host, database_role, from_status, to_status, of_all
