-- The time zone in which the writers of the table take their timestamps, if the server knows it: the columns have none.
SELECT
  pg_catalog.current_setting('TimeZone') AS session,
  (SELECT source FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'TimeZone') AS source,
  pg_catalog.current_setting('log_timezone') AS log,
  -- A setting of the database applies to all its sessions, one of all databases to the rest; the settings of a role are not read.
  (SELECT pg_catalog.substr(setting, 10)
   FROM pg_catalog.pg_db_role_setting
   CROSS JOIN pg_catalog.unnest(setconfig) AS setting
   WHERE setrole OPERATOR(pg_catalog.=) 0
     AND (setdatabase OPERATOR(pg_catalog.=) 0 OR setdatabase OPERATOR(pg_catalog.=) (
       SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
     AND pg_catalog.lower(pg_catalog.left(setting, 9)) OPERATOR(pg_catalog.=) 'timezone='
   ORDER BY setdatabase DESC
   LIMIT 1) AS database
