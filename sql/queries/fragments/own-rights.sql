-- The current role, and its privileges that the owners of a table may lack: null if it has none.
SELECT oid, CASE
    WHEN rolsuper THEN 'superuser'
    WHEN rolcreaterole THEN 'a role with CREATEROLE'
    WHEN rolbypassrls THEN 'a role with BYPASSRLS'
    WHEN rolreplication THEN 'a role with REPLICATION'
    WHEN EXISTS (
      SELECT FROM pg_catalog.pg_roles AS powerful
      WHERE powerful.rolname OPERATOR(pg_catalog.=) ANY (
          ARRAY['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'])
        AND pg_catalog.pg_has_role(powerful.oid, 'MEMBER')
    ) THEN 'a role that may use the server''s files'
  END AS rights
FROM pg_catalog.pg_roles
WHERE rolname OPERATOR(pg_catalog.=) current_user
