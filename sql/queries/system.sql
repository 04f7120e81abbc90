-- The identifier that the server got when it was initialised; its standbys have the same.
SELECT system_identifier::pg_catalog.text AS system FROM pg_catalog.pg_control_system()
