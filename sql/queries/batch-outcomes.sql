-- How many rows of actions on many operations had each outcome, from the audit table, by its index of keys.
-- $1 text[]  what the keys of each action begin with (database/batch-keys.ts)
SELECT 'batch' AS kind, pg_catalog.json_build_object(
    'batch', asked.batch,
    'outcome', pg_catalog.left(outcome, 200),
    'rows', pg_catalog.count(*)) AS body
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS asked (batch)
JOIN migtop_audit ON action_key OPERATOR(pg_catalog.>=)
    (asked.batch OPERATOR(pg_catalog.||) '000000000000')::pg_catalog.uuid
  AND action_key OPERATOR(pg_catalog.<=) (asked.batch OPERATOR(pg_catalog.||) 'ffffffffffff')::pg_catalog.uuid
GROUP BY asked.batch, outcome
