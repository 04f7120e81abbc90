-- The beginning of an INSERT into the audit, with the outcome of a change. The columns of later versions are on lines that are
-- left out for an audit table of an earlier version (sql/options/audit.sql).
INSERT INTO migtop_audit
  (
    action_key, table_oid, control_table, -- version 2
    operation_identity, -- version 3
    os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome
  )
