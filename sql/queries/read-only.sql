-- Why no transaction of this session can write, for `migtop init`. `user` is the role; the other columns are as in inspect.sql.
SELECT
  current_user AS "user",
  pg_catalog.pg_is_in_recovery() AS in_recovery,
  CASE WHEN pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.=) 'on'
    THEN (SELECT source FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'default_transaction_read_only')
  END AS read_only_by
