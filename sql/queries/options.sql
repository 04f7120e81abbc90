-- What the database has beside the table, and which optional functions this role may call.
SELECT
  (SELECT pg_database.oid::pg_catalog.text FROM pg_catalog.pg_database
   WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AS database_oid,
  -- Null where there is no such function, as on servers that only speak PostgreSQL's protocol.
  pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('pg_catalog.pg_control_system()')::pg_catalog.oid, 'EXECUTE')
    AS may_read_system
