-- Resets application_name to its initial value.
pg_catalog.set_config('application_name',
  (SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'application_name'), false)
