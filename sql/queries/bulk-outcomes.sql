-- How many rows of actions on many operations had each outcome, and how many of them were taken back, from the audit table, by its
-- index of keys. An undo takes back the newest change of the status before it that is not taken back yet (domain/audited-results.ts).
-- $1 text[]  what the keys of each action begin with (database/bulk-keys.ts)
-- $2 int     how many of the newest rows of the audit table are searched for what was taken back: `undone` is null of an action that
--            began before them
WITH horizon AS (
  SELECT pg_catalog.max(id) OPERATOR(pg_catalog.-) $2::int AS id FROM migtop_audit
),
member AS (
  SELECT asked.bulk, audited.id, audited.outcome
  FROM pg_catalog.unnest($1::pg_catalog.text[]) AS asked (bulk)
  JOIN migtop_audit AS audited ON action_key OPERATOR(pg_catalog.>=)
      (asked.bulk OPERATOR(pg_catalog.||) '000000000000')::pg_catalog.uuid
    AND action_key OPERATOR(pg_catalog.<=) (asked.bulk OPERATOR(pg_catalog.||) 'ffffffffffff')::pg_catalog.uuid
),
-- All changes of a status since the first of these actions, of the operations of which one was taken back.
changed AS (
  SELECT id, table_oid, operation_id, CASE WHEN action OPERATOR(pg_catalog.=) 'undo' THEN -1 ELSE 1 END AS step
  FROM migtop_audit
  WHERE id OPERATOR(pg_catalog.>=) (SELECT pg_catalog.min(member.id) FROM member)
    AND id OPERATOR(pg_catalog.>) (SELECT horizon.id FROM horizon)
    AND outcome OPERATOR(pg_catalog.=) 'applied'
    AND from_status OPERATOR(pg_catalog.<>) to_status
    AND EXISTS (
      SELECT FROM migtop_audit AS undone
      WHERE undone.id OPERATOR(pg_catalog.>) (SELECT pg_catalog.min(member.id) FROM member)
        AND undone.id OPERATOR(pg_catalog.>) (SELECT horizon.id FROM horizon)
        AND undone.action OPERATOR(pg_catalog.=) 'undo'
        AND undone.outcome OPERATOR(pg_catalog.=) 'applied'
        AND undone.operation_id OPERATOR(pg_catalog.=) migtop_audit.operation_id)
),
-- How many changes of the operation are not taken back after each.
standing AS (
  SELECT id, table_oid, operation_id,
    pg_catalog.sum(step) OVER (PARTITION BY table_oid, operation_id ORDER BY id) AS changes
  FROM changed
),
judged AS (
  SELECT id, changes OPERATOR(pg_catalog.>) pg_catalog.min(changes) OVER (
    PARTITION BY table_oid, operation_id ORDER BY id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS is_undone
  FROM standing
)
SELECT 'bulk' AS kind, pg_catalog.json_build_object(
    'bulk', member.bulk,
    'outcome', pg_catalog.left(member.outcome, 200),
    'rows', pg_catalog.count(*),
    'undone', CASE WHEN pg_catalog.min(member.id) OPERATOR(pg_catalog.>) (SELECT horizon.id FROM horizon)
      THEN pg_catalog.count(*) FILTER (WHERE judged.is_undone) END) AS body
FROM member LEFT JOIN judged ON judged.id OPERATOR(pg_catalog.=) member.id
GROUP BY member.bulk, member.outcome
